package app

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/review"
)

// selfSigned are the files of a certificate and its key.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"h"}}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certificate, key = filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key")
	for file, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: public}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// TestWhatIsWatchedIsTold switches everything on and looks at what the collector, the log's counter and /metrics have.
func TestWhatIsWatchedIsTold(t *testing.T) {
	var mu sync.Mutex
	var sent bytes.Buffer
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if _, err := io.Copy(&sent, r.Body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(collector.Close)
	s := startService(t, filepath.Join(t.TempDir(), "h.db"), func(settings *config.Server) {
		settings.Traces, settings.TraceRatio, settings.SlowQuery = collector.URL, 1, time.Nanosecond
	})
	handler := s.tracer.Requests(s.handler())
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ping/apis/statistics", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("status %d\n%s", answer.Code, answer.Body)
	}
	if _, err := s.reviews.Submit(t.Context(), review.Review{Facts: review.Facts{Kind: review.Guide, EntityCode: "egovGuide", Channel: "portal", Stars: 5, EvalTime: time.Now()}}); err != nil {
		t.Fatal(err)
	}
	s.log.Error("a fault", "error", errors.New("x"))
	s.endTraces()
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"/ping/apis/statistics", "store batch", Version()} {
		if !bytes.Contains(sent.Bytes(), []byte(want)) {
			t.Errorf("the collector was not told %q", want)
		}
	}
	metrics := httptest.NewRecorder()
	handler.ServeHTTP(metrics, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`haochaping_slow_statements_total{statement="Accept"}`, `haochaping_log_lines_total{level="error"} 1`,
		`haochaping_build_info{version="` + Version() + `"} 1`, `haochaping_flushes_total{result="stored"} 1`,
	} {
		if !strings.Contains(metrics.Body.String(), want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

// TestHealthAsksTheServerOnThisMachine probes one that is well, one that is not, and nobody.
func TestHealthAsksTheServerOnThisMachine(t *testing.T) {
	var out strings.Builder
	c := &console{Context: t.Context(), out: &out, err: io.Discard}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	address := server.Listener.Addr().String()
	_, port, _ := strings.Cut(address, ":")
	for _, listen := range []string{address, "0.0.0.0:" + port, "[::]:" + port, ":" + port} {
		if err := (&healthCommand{Listen: listen, TLSCert: "file"}).Run(c); err != nil {
			t.Errorf("%s: %v", listen, err)
		}
	}
	if err := (&healthCommand{Listen: address, TLSCert: "file", Ready: true}).Run(c); err == nil {
		t.Error("one that can't store is ready")
	}
	server.Close()
	if err := (&healthCommand{Listen: address, TLSCert: "file"}).Run(c); err == nil {
		t.Error("nobody is well")
	}
}

func TestTheVersionIsSaid(t *testing.T) {
	for _, arguments := range [][]string{{"version"}, {"--version"}} {
		var out, errs strings.Builder
		if status := Main(arguments, &out, &errs); status != 0 || out.String() != fullVersion()+"\n" {
			t.Errorf("%q: status %d, %q, %q", arguments, status, &out, &errs)
		}
	}
}
