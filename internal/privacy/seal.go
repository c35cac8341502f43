package privacy

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// Algorithm is how personal data is sealed.
type Algorithm byte

// SM4 is the default (GB/T 39786), AES the choice by setting. The byte stands in every sealed value, so both can be
// opened at any time.
const (
	SM4 Algorithm = 1 // SM4-GCM, 128 bits
	AES Algorithm = 2 // AES-GCM, 256 bits
)

// nonceSize is GCM's own.
const nonceSize = 12

// ErrForged says that a sealed value was changed, or belongs to another record or key.
var ErrForged = errors.New("sealed value does not open")

// MissingKeyError says that a sealed value needs a sealing key that the key file does not hold. It is ErrForged, too.
type MissingKeyError struct{ Key byte }

func (e *MissingKeyError) Error() string {
	return fmt.Sprintf("sealing key %d is not in the key file (密钥文件中没有 %[1]d 号密钥，请找回含它的密钥文件)", e.Key)
}

// Unwrap makes it ErrForged for who only asks whether a value opens.
func (e *MissingKeyError) Unwrap() error { return ErrForged }

// Sealer seals and opens personal data. Its keys can be exchanged while it is in use.
type Sealer struct {
	algorithm Algorithm
	in        atomic.Pointer[sealing]
}

// sealing are the keys in use.
type sealing struct {
	active byte
	aeads  map[[2]byte]cipher.AEAD // by algorithm and key id
}

// NewSealer makes a sealer that seals with the active key by algorithm and opens everything the keys can open.
func NewSealer(keys *Keys, algorithm Algorithm) (*Sealer, error) {
	if algorithm != SM4 && algorithm != AES {
		return nil, fmt.Errorf("unknown sealing algorithm %d", algorithm)
	}
	s := &Sealer{algorithm: algorithm}
	return s, s.Use(keys, keys.Active)
}

// Active is the id of the key that seals now.
func (s *Sealer) Active() byte { return s.in.Load().active }

// Use goes on with these keys, and seals with the active one of them from now on.
func (s *Sealer) Use(keys *Keys, active byte) error {
	in := &sealing{active: active, aeads: map[[2]byte]cipher.AEAD{}}
	if _, ok := keys.Sealing[active]; !ok {
		return &MissingKeyError{active}
	}
	for id, secret := range keys.Sealing {
		for algorithm, build := range map[Algorithm]func([]byte) (cipher.Block, error){SM4: sm4Block, AES: aesBlock} {
			block, err := build(secret)
			if err != nil {
				return fmt.Errorf("sealing key %d: %w", id, err)
			}
			aead, err := cipher.NewGCM(block)
			if err != nil {
				return fmt.Errorf("sealing key %d: %w", id, err)
			}
			in.aeads[[2]byte{byte(algorithm), id}] = aead
		}
	}
	s.in.Store(in)
	return nil
}

// Each cipher has a key of its own, derived from the secret, so that no key serves two algorithms.
func sm4Block(secret []byte) (cipher.Block, error) {
	return sm4.NewCipher(derive(secret, "sm4-gcm")[:16])
}

func aesBlock(secret []byte) (cipher.Block, error) { return aes.NewCipher(derive(secret, "aes-gcm")) }

func derive(secret []byte, label string) []byte {
	mac := hmac.New(sm3.New, secret)
	mac.Write([]byte(label))
	return mac.Sum(nil)
}

// Seal encrypts plain for the record named by context: a sealed value moved to another record does not open.
// The result is algorithm, key id, nonce (12), ciphertext, tag (16).
func (s *Sealer) Seal(plain []byte, context string) []byte {
	in := s.in.Load()
	sealed := make([]byte, 2+nonceSize, 2+nonceSize+len(plain)+16)
	sealed[0], sealed[1] = byte(s.algorithm), in.active
	rand.Read(sealed[2:]) // never fails: it ends the process instead
	aead := in.aeads[[2]byte{sealed[0], sealed[1]}]
	return aead.Seal(sealed, sealed[2:2+nonceSize], plain, []byte(context))
}

// Open decrypts what Seal made for the same context; anything else is ErrForged.
func (s *Sealer) Open(sealed []byte, context string) ([]byte, error) {
	if len(sealed) < 2+nonceSize {
		return nil, ErrForged
	}
	aead, ok := s.in.Load().aeads[[2]byte{sealed[0], sealed[1]}]
	if !ok {
		return nil, &MissingKeyError{sealed[1]}
	}
	plain, err := aead.Open(nil, sealed[2:2+nonceSize], sealed[2+nonceSize:], []byte(context))
	if err != nil {
		return nil, ErrForged
	}
	return plain, nil
}
