package app

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/haochaping/haochaping/internal/tlspair"
	"github.com/prometheus/client_golang/prometheus"
)

// pairEvery is how often the files of certificate and key are looked at.
const pairEvery = 10 * time.Second

// openPair reads certificate and key, where TLS is on, and tells of them in metrics.
func (s *service) openPair() (err error) {
	if s.settings.TLSCert == "" {
		return nil
	}
	if s.pair, err = tlspair.Load(s.settings.TLSCert, s.settings.TLSKey, time.Now); err != nil {
		return fmt.Errorf("证书不能使用，请核对 tls-cert 和 tls-key：%w", err)
	}
	s.metrics.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "haochaping_tls_certificate_expires_seconds", Help: "When the certificate in use expires, in Unix seconds.",
	}, func() float64 { return float64(s.pair.Expires().Unix()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "haochaping_tls_reload_failed", Help: "1 while the files of certificate and key can't be used and the ones before are, else 0.",
		}, func() float64 {
			if s.pair.Failed() {
				return 1
			}
			return 0
		}))
	return nil
}

// keepPair takes over new certificates when the files change or asked says so, until ctx ends. Each trouble is told once, and
// whenever somebody asks.
func (s *service) keepPair(ctx context.Context, asked <-chan os.Signal) {
	ticker := time.NewTicker(pairEvery)
	defer ticker.Stop()
	for {
		byHand := false
		select {
		case <-ctx.Done():
			return
		case <-asked:
			byHand = true
		case <-ticker.C:
		}
		s.reloadPair(byHand)
	}
}

func (s *service) reloadPair(byHand bool) {
	if s.pair == nil {
		if byHand {
			s.log.Info("nothing to read again: TLS is off")
		}
		return
	}
	changed, err := s.pair.Reload()
	switch {
	case !changed && !byHand:
	case err != nil:
		s.log.Error("the new certificate can't be used; the one before goes on", "error", err, "using", s.pair.Subject(), "expires", s.pair.Expires())
	default:
		s.log.Info("certificate", "new", changed, "using", s.pair.Subject(), "expires", s.pair.Expires())
	}
}
