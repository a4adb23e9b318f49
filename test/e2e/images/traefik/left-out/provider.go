// No stack here has such a provider. The name is put in by compile.
package provider

import (
	"errors"

	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/safe"
)

const ProviderName = "provider"

type Provider struct {
	EntryPoints            map[string]Entrypoint `json:"-"`
	NonTLSEntryPoints      []string              `json:"-"`
	DefaultRuleSyntax      string                `json:"-"`
	WatchNamespace         string                `json:"-"`
	WatchNamespaceSelector string                `json:"-"`
}

type Entrypoint struct {
	Address        string
	HasHTTPTLSConf bool
}

type ProviderBuilder = Provider

func (p *Provider) BuildProviders() []*Provider                      { return []*Provider{p} }
func (p *Provider) FillExtensionBuilderRegistry(any)                 {}
func (p *Provider) Init() error                                      { return errors.New("left out of this build") }
func (p *Provider) Provide(chan<- dynamic.Message, *safe.Pool) error { return nil }
