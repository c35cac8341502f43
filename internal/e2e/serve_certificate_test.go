package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"syscall"
	"testing"
)

// A new certificate is taken over by SIGHUP while connections go on; a bad one is not, and is told in the log and in a metric.
func TestACertificateIsReplaced(t *testing.T) {
	certFile, keyFile, _ := certificate(t)
	s := onSQLite(t).serve(t, "--tls-cert", certFile, "--tls-key", keyFile)
	s.url = strings.Replace(s.url, "http:", "https:", 1)
	// by asks on the connection of its transport, and gives the certificate of that and whether it was there before.
	by := func() func(path string) (body, serial string, reused bool) {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // which certificate it is, the test itself compares
		t.Cleanup(transport.CloseIdleConnections)
		return func(path string) (body, leaf string, reused bool) {
			t.Helper()
			trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { reused = c.Reused }}
			r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, s.url+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			a, err := (&http.Client{Transport: transport, Timeout: patience}).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Body.Close() //nolint:errcheck // it was read
			text, err := io.ReadAll(a.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
				t.Errorf("%s: HSTS %q", path, got)
			}
			return string(text), fingerprint(a.TLS.PeerCertificates[0]), reused
		}
	}
	standing := by()
	_, first, _ := standing("/healthz")
	if want := certificateIn(t, certFile); first != want {
		t.Fatalf("it serves with %s, want %s", first, want)
	}
	replace := func(cert, key string) {
		t.Helper()
		for from, to := range map[string]string{cert: certFile, key: keyFile} {
			content, err := os.ReadFile(from) //nolint:gosec // the test's own files
			if err == nil {
				err = os.WriteFile(to, content, 0o600) //nolint:gosec // the test's own files
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	newCert, newKey, _ := certificate(t)
	second := certificateIn(t, newCert)
	replace(newCert, newKey)
	eventually(t, "newcomers get the new certificate", func() bool { _, leaf, _ := by()("/healthz"); return leaf == second })
	if _, leaf, reused := standing("/healthz"); leaf != first || !reused {
		t.Errorf("a connection that stood: certificate %s, reused %v", leaf, reused)
	}

	_, otherKey, _ := certificate(t)
	replace(newCert, otherKey)
	eventually(t, "a metric tells of the bad one", func() bool {
		body, _, _ := standing("/metrics")
		return strings.Contains(body, "haochaping_tls_reload_failed 1\n") && strings.Contains(body, "haochaping_tls_certificate_expires_seconds ")
	})
	if _, leaf, _ := by()("/healthz"); leaf != second {
		t.Errorf("with a key of another: it serves with %s, want %s", leaf, second)
	}
	eventually(t, "the log tells of the bad one", func() bool {
		return strings.Contains(fmt.Sprint(s.logs), "the new certificate can't be used") && strings.Contains(fmt.Sprint(s.logs), "private key does not match")
	})
	replace(newCert, newKey)
	eventually(t, "a metric tells that it is well again", func() bool {
		body, _, _ := standing("/metrics")
		return strings.Contains(body, "haochaping_tls_reload_failed 0\n")
	})
	if _, _, reused := standing("/healthz"); !reused {
		t.Error("the connection that stood was dropped")
	}
}

func fingerprint(c *x509.Certificate) string { return fmt.Sprintf("%x", c.Signature) }

func certificateIn(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file) //nolint:gosec // the test's own file
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(content)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return fingerprint(c)
}
