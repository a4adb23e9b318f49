// `weed server -s3` as far as a stack uses it: the keys of -s3.config, what each may do in which bucket, /healthz, and the
// address that -s3.ip.bind and -s3.port say. The objects themselves are kept by the S3 server of the kit behind it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

type identity struct {
	Credentials []struct{ AccessKey, SecretKey string }
	Actions     []string
}

const behind = "127.0.0.1:18334"

// Flags that change nothing here. Others are refused, as the original does.
var ignored = regexp.MustCompile(`^-(logtostderr|ip|master\.electionTimeout|master\.volumeSizeLimitMB|volume\.max|volume\.preStopSeconds|s3\.iam|s3\.port\.iceberg|s3\.port\.lance|s3\.allowDeleteBucketNotEmpty)=`)

func main() {
	options := map[string]string{"-dir": ".", "-ip.bind": "127.0.0.1", "-s3.ip.bind": "", "-s3.port": "8333", "-s3.config": ""}
	var words []string
	for _, word := range os.Args[1:] {
		name, value, _ := strings.Cut(word, "=")
		if _, known := options[name]; known {
			options[name] = value
		} else if !ignored.MatchString(word) {
			words = append(words, word)
		}
	}
	if strings.Join(words, " ") != "server -s3" {
		log.Fatalf("weed (stand-in): only `server -s3` with the flags of a stack, not %q", words)
	}
	var config struct{ Identities []identity }
	text, err := os.ReadFile(options["-s3.config"])
	if err != nil {
		log.Fatal("weed (stand-in): without -s3.config the original lets everybody in: ", err)
	}
	if err := json.Unmarshal(text, &config); err != nil || len(config.Identities) == 0 {
		log.Fatalf("weed (stand-in): -s3.config has no identities: %v", err)
	}

	arguments := []string{"serve", "s3", options["-dir"], "--addr", behind}
	actions := map[string][]string{}
	for _, one := range config.Identities {
		for _, key := range one.Credentials {
			arguments = append(arguments, "--auth-key="+key.AccessKey+","+key.SecretKey)
			actions[key.AccessKey] = one.Actions
		}
	}
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	server := exec.CommandContext(stop, "/usr/local/libexec/rclone", arguments...)
	server.Stdout, server.Stderr = os.Stdout, os.Stderr
	server.Cancel = func() error { return server.Process.Signal(syscall.SIGTERM) }
	if err := server.Start(); err != nil {
		log.Fatal(err)
	}

	// The host is part of what is signed, so it is passed on as it came.
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: behind})
		r.Out.Host = r.In.Host
	}}
	bind := options["-s3.ip.bind"]
	if bind == "" {
		bind = options["-ip.bind"]
	}
	front := &http.Server{Addr: bind + ":" + options["-s3.port"], ReadHeaderTimeout: time.Minute}
	front.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			return
		}
		if granted, known := actions[accessKey(r)]; known && !allows(granted, r) {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>`)
			return
		}
		proxy.ServeHTTP(w, r)
	})
	go func() {
		<-stop.Done()
		_ = front.Close()
	}()
	if err := front.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	_ = server.Wait()
}

// Whose signature a request has; whether it is right, the server behind sees.
func accessKey(r *http.Request) string {
	credential := r.URL.Query().Get("X-Amz-Credential")
	if _, rest, found := strings.Cut(r.Header.Get("Authorization"), "Credential="); found {
		credential = rest
	}
	key, _, _ := strings.Cut(credential, "/")
	return key
}

func allows(granted []string, r *http.Request) bool {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	action := "Write"
	switch {
	case bucket == "" && reads:
		return true
	case key == "" && reads:
		action = "List"
	case key == "" && r.Method != http.MethodPost:
		// Makes the bucket, or takes it away.
		action = "Admin"
	case reads:
		action = "Read"
	}
	return slices.Contains(granted, "Admin") || slices.Contains(granted, action+":"+bucket)
}
