package tlspair

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// made gives a certificate's files that is valid for a day from begin.
func made(t *testing.T, serial int64, begin time.Time) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "h"}, NotBefore: begin, NotAfter: begin.Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// What is right is taken over, and what is not leaves the one before, whatever is wrong with it.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	first, firstKey := made(t, 1, noon.Add(-time.Hour))
	second, secondKey := made(t, 2, noon.Add(-time.Minute))
	expired, expiredKey := made(t, 3, noon.Add(-48*time.Hour))
	early, earlyKey := made(t, 4, noon.Add(time.Hour))
	if _, err := Load(certFile, keyFile, time.Now); err == nil || !strings.Contains(err.Error(), "cert.pem") {
		t.Fatalf("without files: %v", err)
	}
	now := noon
	var p *Pair
	for _, one := range []struct {
		name      string
		cert, key []byte // nil: no such file
		changed   bool
		fault     string // empty: it is taken
		serial    int64  // of the one in use then
	}{
		{"the first", first, firstKey, true, "", 1},
		{"the same", first, firstKey, false, "", 1},
		{"half of the change", second, firstKey, true, "private key does not match", 1},
		{"still half of it", second, firstKey, false, "private key does not match", 1},
		{"the whole change", second, secondKey, true, "", 2},
		{"cut off", second[:100], secondKey, true, "failed to find", 2},
		{"empty", []byte{}, []byte{}, true, "failed to find", 2},
		{"gone", nil, secondKey, true, "no such file", 2},
		{"still gone", nil, secondKey, false, "no such file", 2},
		{"back", second, secondKey, true, "", 2},
		{"huge", make([]byte, maxFile+1), secondKey, true, "more than", 2},
		{"expired", expired, expiredKey, true, "not now", 2},
		{"not valid yet", early, earlyKey, true, "not now", 2},
		{"the first again", first, firstKey, true, "", 1},
	} {
		for name, content := range map[string][]byte{certFile: one.cert, keyFile: one.key} {
			if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if content == nil {
				continue
			}
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		changed := true
		var err error
		if p == nil {
			p, err = Load(certFile, keyFile, func() time.Time { return now })
		} else {
			changed, err = p.Reload()
		}
		if (err != nil) != (one.fault != "") || err != nil && !strings.Contains(err.Error(), one.fault) || changed != one.changed {
			t.Fatalf("%s: changed %v, %v; want %v, %q", one.name, changed, err, one.changed, one.fault)
		}
		if p.Failed() != (err != nil) {
			t.Errorf("%s: failed is %v", one.name, p.Failed())
		}
		got, err := p.Config().GetCertificate(nil)
		if err != nil || got.Leaf.SerialNumber.Int64() != one.serial {
			t.Errorf("%s: serves with %v, %v, want %d", one.name, got.Leaf.SerialNumber, err, one.serial)
		}
	}
	if !p.Expires().Equal(noon.Add(23*time.Hour)) || p.Subject() != "CN=h, serial 1" || p.Config().MinVersion != tls.VersionTLS12 {
		t.Errorf("got %v, %s, version %x", p.Expires(), p.Subject(), p.Config().MinVersion)
	}
	// When the one in use has expired, an expired one is no worse.
	now = noon.Add(48 * time.Hour)
	if err := os.WriteFile(certFile, expired, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keyFile, expiredKey, 0o600); err != nil {
		t.Fatal(err)
	}
	if changed, err := p.Reload(); !changed || err != nil {
		t.Errorf("one expired one for another: %v, %v", changed, err)
	}
}
