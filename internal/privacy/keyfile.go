// Package privacy seals personal data at rest, finds it again through keyed blind indexes, and masks it for the
// screen (domain.md 8). Sealing keys rotate; the key of blind indexes and identities never does.
package privacy

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
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
		return nil, fmt.Errorf("%s 不是本程序的密钥文件，请找回 key new 或 key rotate 写的那一个", path)
	}
	if err := keys.check(); err != nil {
		return nil, fmt.Errorf("密钥文件 %s 不完整，请找回 key new 或 key rotate 写的那一个：%w", path, err)
	}
	return &keys, nil
}

// CreateKeyFile makes a key file with mode 0600. It never overwrites: the error is then fs.ErrExist. Whoever reads it finds no file
// or a whole one, also when this process is killed meanwhile.
func CreateKeyFile(path string) error {
	fresh, err := writeKeys(path, NewKeys())
	if err != nil {
		return fmt.Errorf("create key file: %w", err)
	}
	err = os.Link(fresh, path)
	if err != nil && !errors.Is(err, fs.ErrExist) { // not every file system has links
		if _, missing := os.Lstat(path); errors.Is(missing, fs.ErrNotExist) {
			return errors.Join(os.Rename(fresh, path), syncFolder(filepath.Dir(path)))
		}
	}
	if err = errors.Join(err, os.Remove(fresh)); err != nil {
		return fmt.Errorf("create key file: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// writeKeys writes keys into a new file beside another one, and gives its name.
func writeKeys(path string, keys *Keys) (name string, err error) {
	text, err := json.MarshalIndent(keys, "", "  ")
	if err != nil {
		return "", err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// ReadOrCreateKeys reads the key file and makes it first when it is not there: for an embedded database.
func ReadOrCreateKeys(path string) (*Keys, error) {
	keys, err := ReadKeys(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if err := CreateKeyFile(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return ReadKeys(path)
}

// Fingerprint tells the sealing key of an id from every other one without giving it away; empty when there is none.
func (k *Keys) Fingerprint(id byte) string {
	secret, ok := k.Sealing[id]
	if !ok {
		return ""
	}
	return hex.EncodeToString(derive(secret, "fingerprint")[:8])
}

// IDs are the ids of the sealing keys, in order.
func (k *Keys) IDs() []byte { return slices.Sorted(maps.Keys(k.Sealing)) }

// With are the same keys and a fresh sealing key of this id.
func (k *Keys) With(id byte) *Keys {
	more := &Keys{Active: k.Active, Sealing: maps.Clone(k.Sealing), Index: k.Index}
	more.Sealing[id] = random(secretSize)
	return more
}

// Without are the same keys without the sealing key of an id.
func (k *Keys) Without(id byte) *Keys {
	fewer := &Keys{Active: k.Active, Sealing: maps.Clone(k.Sealing), Index: k.Index}
	delete(fewer.Sealing, id)
	return fewer
}

// ReplaceKeyFile writes keys over a key file: whoever reads it finds the former keys whole or these, and so does who reads it after
// a power cut.
func ReplaceKeyFile(path string, keys *Keys) error {
	if err := keys.check(); err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	fresh, err := writeKeys(path, keys)
	if err != nil {
		return fmt.Errorf("replace key file: %w", err)
	}
	if err = keepOwner(path, fresh); err == nil {
		err = os.Rename(fresh, path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("replace key file: %w", err), os.Remove(fresh))
	}
	return syncFolder(filepath.Dir(path))
}

// keepOwner gives a new file the owner and mode of the one it replaces: root rotates, the program reads.
func keepOwner(path, fresh string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
		if err := os.Chown(fresh, int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	return os.Chmod(fresh, info.Mode().Perm()&0o640)
}

func syncFolder(path string) error {
	folder, err := os.Open(path) //nolint:gosec // the folder of the operator's own file
	if err != nil {
		return fmt.Errorf("sync the folder of the key file: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
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
