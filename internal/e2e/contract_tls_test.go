package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
)

// certificate makes a throw-away certificate for this host, and gives its files and what trusts it.
func certificate(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "haochaping test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", private), roots
}

// speaking is a client that speaks one protocol only.
func speaking(t *testing.T, set func(*http.Protocols), config *tls.Config) *http.Client {
	t.Helper()
	transport := &http.Transport{Protocols: &http.Protocols{}, TLSClientConfig: config}
	set(transport.Protocols)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

var (
	http1      = func(p *http.Protocols) { p.SetHTTP1(true) }
	http2      = func(p *http.Protocols) { p.SetHTTP2(true) }
	plainHTTP2 = func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }
)

// TLS is switched on by configuration; HTTP/1.1 and HTTP/2 give the same answers, encrypted or not (contract.md 2).
func TestTLSAndHTTP2(t *testing.T) {
	certFile, keyFile, roots := certificate(t)
	onContract(t, func(t *testing.T, c *caller) {
		encrypted := c.house.serve(t, "--rate", "0", "--tls-cert", certFile, "--tls-key", keyFile)
		encrypted.url = strings.Replace(encrypted.url, "http:", "https:", 1)
		trusting := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
		over := &caller{server: encrypted, house: c.house, app: c.app}
		for _, one := range []struct {
			name     string
			from     *caller
			by       *http.Client
			protocol string
		}{
			{"HTTP/1.1", c, speaking(t, http1, nil), "HTTP/1.1"},
			{"HTTP/2 with prior knowledge", c, speaking(t, plainHTTP2, nil), "HTTP/2.0"},
			{"HTTP/1.1 over TLS", over, speaking(t, http1, trusting), "HTTP/1.1"},
			{"HTTP/2 over TLS", over, speaking(t, http2, trusting), "HTTP/2.0"},
		} {
			for _, q := range []struct {
				request
				status, code int
			}{
				{request{path: pathAffair, body: affairOf(c.app).text()}, 200, succeeded},
				{request{path: pathGuide, body: "{}"}, 200, invalid},
				{request{path: pathHotline, body: hotlineOf(c.app).text(), unsigned: true}, 200, untrusted},
				{request{path: pathHotline, body: hotlineOf(c.app).text(), chunked: true}, 200, succeeded},
				{request{method: http.MethodGet, path: pathTags + "?evalEntityCode=egovGuide"}, 200, succeeded},
				{request{method: http.MethodGet, path: "/ping/apis/evals"}, 200, succeeded},
				{request{path: "/ping/ebus/../x"}, 404, failed},
				{request{method: http.MethodGet, path: pathAffair}, 405, failed},
				{request{path: pathAffair, body: strings.Repeat(" ", 65537)}, 413, failed},
			} {
				a, err := one.from.exchange(t.Context(), one.by, q.request)
				if err != nil {
					t.Fatalf("%s, %s %s: %v", one.name, q.method, q.path, err)
				}
				if fault := a.fault(); fault != "" || a.status != q.status || a.code() != q.code || a.protocol != one.protocol {
					t.Errorf("%s, %s %s: %s, got %s %d %s, want %s %d, code %d", one.name, q.method, q.path, fault,
						a.protocol, a.status, a.text, one.protocol, q.status, q.code)
				}
			}
		}
		// Many at once on one connection, each with an answer of its own.
		by := speaking(t, http2, trusting)
		var wg sync.WaitGroup
		serials := make(chan string, 64)
		for range cap(serials) {
			wg.Go(func() {
				a, err := over.exchange(t.Context(), by, request{path: pathAffair, body: affairOf(c.app).text()})
				if err == nil {
					serials <- a.serial()
				}
			})
		}
		wg.Wait()
		close(serials)
		seen := map[string]bool{}
		for serial := range serials {
			seen[serial] = true
		}
		if len(seen) != 64 || seen[""] {
			t.Errorf("64 requests on one connection have %d serial numbers", len(seen))
		}
		if tags, err := encrypted.client(c.app, client.WithHTTPClient(by)).Tags(t.Context(), client.EgovGuide, 5); err != nil || len(tags) != 8 {
			t.Errorf("the client over TLS: got %v, %v", tags, err)
		}
		// What does not speak TLS 1.2 at least, or does not trust the certificate, gets nowhere.
		for name, by := range map[string]*http.Client{
			"TLS 1.1":                  speaking(t, http1, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}), //nolint:gosec // it must fail
			"an untrusted certificate": speaking(t, http1, &tls.Config{MinVersion: tls.VersionTLS12}),
		} {
			if a, err := over.exchange(t.Context(), by, request{path: pathAffair, body: affairOf(c.app).text()}); err == nil {
				t.Errorf("%s: got %s", name, a.text)
			}
		}
		if got, want := c.counted(t), 4*2+64; got != want {
			t.Errorf("%d reviews are counted, want %d", got, want)
		}
	})
}
