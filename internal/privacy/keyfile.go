// Package privacy seals personal data at rest, finds it again through keyed blind indexes, and masks it for the
// screen (domain.md 8). Sealing keys rotate; the key of blind indexes and identities never does.
package privacy

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// secretSize is the length of every secret in a key file, in bytes.
const secretSize = 32

// Keys are the secrets of a key file. They are never in the database.
type Keys struct {
	// Active is the id of the key that seals; the others only open.
	Active byte `json:"active"`
	// Sealing are the sealing keys by id, 32 random bytes each.
	Sealing map[byte][]byte `json:"sealing"`
	// Index is the key of blind indexes and identities, 32 random bytes. It must never change.
	Index []byte `json:"index"`
}

// NewKeys makes fresh random keys.
func NewKeys() *Keys {
	return &Keys{Active: 1, Sealing: map[byte][]byte{1: random(secretSize)}, Index: random(secretSize)}
}

// ReadKeys reads a key file.
func ReadKeys(path string) (*Keys, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator names his own key file
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	var keys Keys
	if err := json.Unmarshal(text, &keys); err != nil {
		// The decoder's words are left out: they could quote the secret.
		return nil, fmt.Errorf("key file %s is not a key file of this program", path)
	}
	if err := keys.check(); err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return &keys, nil
}

// CreateKeyFile makes a key file with mode 0600. It never overwrites: the error is then fs.ErrExist.
func CreateKeyFile(path string) error {
	text, err := json.MarshalIndent(NewKeys(), "", "  ")
	if err != nil {
		return fmt.Errorf("encode keys: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names his own key file
	if err != nil {
		return fmt.Errorf("create key file: %w", err)
	}
	_, err = file.Write(append(text, '\n'))
	return errors.Join(err, file.Sync(), file.Close())
}

// ReadOrCreateKeys reads the key file and makes it first when it is not there: for an embedded database.
func ReadOrCreateKeys(path string) (*Keys, error) {
	err := CreateKeyFile(path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return ReadKeys(path)
}

func (k *Keys) check() error {
	if len(k.Index) != secretSize {
		return fmt.Errorf("index key has %d bytes, want %d", len(k.Index), secretSize)
	}
	if _, ok := k.Sealing[k.Active]; !ok {
		return fmt.Errorf("active key %d is missing", k.Active)
	}
	for id, secret := range k.Sealing {
		if len(secret) != secretSize {
			return fmt.Errorf("sealing key %d has %d bytes, want %d", id, len(secret), secretSize)
		}
	}
	return nil
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: it ends the process instead
	return b
}
