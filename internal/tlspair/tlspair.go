// Package tlspair keeps the certificate and the private key that the program serves with, and takes new ones over while it runs.
package tlspair

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// maxFile bounds what is read of a file; chains have some kB.
const maxFile = 1 << 20

// Pair is a certificate with its chain and its key, from two files in PEM. Connections that stand go on with what they began with; new
// ones get what was taken over last. It is safe for use by several goroutines.
type Pair struct {
	certFile, keyFile string
	now               func() time.Time

	using atomic.Pointer[tls.Certificate]

	mu      sync.Mutex
	seen    [2][]byte // the files when they were judged last; nil when they could not be read
	trouble error     // what is wrong with them
}

// Load reads both files. A certificate that has expired is taken: who comes to one is served better than who comes to a closed door.
func Load(certFile, keyFile string, now func() time.Time) (*Pair, error) {
	p := &Pair{certFile: certFile, keyFile: keyFile, now: now}
	if _, err := p.Reload(); err != nil {
		return nil, err
	}
	return p, nil
}

// Reload takes over what the files hold now; changed says that they hold something else than when they were read before. What can't
// be served with leaves all as it is, and is an error until the files are right: they may have been written by half.
func (p *Pair) Reload() (changed bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	files, err := p.read()
	if err != nil {
		changed = p.trouble == nil || p.trouble.Error() != err.Error()
		p.seen, p.trouble = [2][]byte{}, err
		return changed, err
	}
	if p.seen[0] != nil && bytes.Equal(files[0], p.seen[0]) && bytes.Equal(files[1], p.seen[1]) {
		return false, p.trouble
	}
	p.seen, p.trouble = files, p.take(files)
	return true, p.trouble
}

func (p *Pair) take(files [2][]byte) error {
	pair, err := tls.X509KeyPair(files[0], files[1])
	if err == nil {
		err = p.judge(&pair)
	}
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", p.certFile, p.keyFile, err)
	}
	p.using.Store(&pair)
	return nil
}

func (p *Pair) read() (files [2][]byte, err error) {
	for i, name := range []string{p.certFile, p.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return files, fmt.Errorf("certificate or key: %w", err)
		}
		if info.Size() > maxFile {
			return files, fmt.Errorf("certificate or key %s has more than %d bytes", name, maxFile)
		}
		if files[i], err = os.ReadFile(name); err != nil { //nolint:gosec // the operator names his own files
			return files, fmt.Errorf("certificate or key: %w", err)
		}
	}
	return files, nil
}

// judge refuses a certificate that browsers would refuse for its time, where there is a better one.
func (p *Pair) judge(pair *tls.Certificate) error {
	now, held := p.now(), p.using.Load()
	if held == nil || !valid(held.Leaf, now) || valid(pair.Leaf, now) {
		return nil
	}
	return fmt.Errorf("it is valid from %s to %s, not now", pair.Leaf.NotBefore.Format(time.RFC3339), pair.Leaf.NotAfter.Format(time.RFC3339))
}

func valid(leaf *x509.Certificate, now time.Time) bool {
	return !now.Before(leaf.NotBefore) && !now.After(leaf.NotAfter)
}

// Expires is when the certificate in use does.
func (p *Pair) Expires() time.Time { return p.using.Load().Leaf.NotAfter }

// Subject names the certificate in use for a log: its subject and its serial number.
func (p *Pair) Subject() string {
	leaf := p.using.Load().Leaf
	return fmt.Sprintf("%s, serial %x", leaf.Subject, leaf.SerialNumber)
}

// Failed says that the files are not there, or hold something that can't be used; what was read before goes on.
func (p *Pair) Failed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trouble != nil
}

// Config serves with the pair: TLS 1.2 or newer.
func (p *Pair) Config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.using.Load(), nil },
	}
}
