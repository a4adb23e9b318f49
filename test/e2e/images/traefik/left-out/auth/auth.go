// Package auth lets nobody in: no stack here asks Traefik for passwords.
package auth

import "net/http"

type SecretProvider func(user, realm string) string

type BasicAuth struct {
	Realm   string
	Secrets SecretProvider
}

func (*BasicAuth) CheckAuth(*http.Request) string                     { return "" }
func (*BasicAuth) RequireAuth(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }

func CheckSecret(_, _ string) bool { return false }

type DigestAuth struct{}

func NewDigestAuthenticator(string, SecretProvider) *DigestAuth             { return &DigestAuth{} }
func (*DigestAuth) CheckAuth(*http.Request) (string, *string)               { return "", nil }
func (*DigestAuth) RequireAuth(w http.ResponseWriter, _ *http.Request)      { w.WriteHeader(401) }
func (*DigestAuth) RequireAuthStale(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }
func DigestAuthParams(string) map[string]string                             { return nil }
