package privacy

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestKeyFileIsPrivateAndNeverOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "haochaping.db.key")
	first, err := ReadOrCreateKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode = %o, want 600", got)
	}
	if err := CreateKeyFile(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second create = %v, want fs.ErrExist", err)
	}
	again, err := ReadOrCreateKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Index, again.Index) {
		t.Error("second start read another index key")
	}
}

func TestKeyFileFaultsNameNoSecret(t *testing.T) {
	for name, text := range map[string]string{
		"not JSON":   "hunter2",
		"short key":  `{"active":1,"sealing":{"1":"aHVudGVyMg=="},"index":"aHVudGVyMg=="}`,
		"no active":  `{"active":2,"sealing":{},"index":"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}`,
		"empty file": "",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := ReadKeys(path)
			if err == nil {
				t.Fatal("a broken key file was read")
			}
			if bytes.Contains([]byte(err.Error()), []byte("hunter2")) {
				t.Errorf("the error quotes the secret: %v", err)
			}
		})
	}
}

func TestSealOpensOnlyWhereItBelongs(t *testing.T) {
	keys := NewKeys()
	for name, algorithm := range map[string]Algorithm{"SM4": SM4, "AES": AES} {
		t.Run(name, func(t *testing.T) {
			sealer, err := NewSealer(keys, algorithm)
			if err != nil {
				t.Fatal(err)
			}
			rapid.Check(t, func(t *rapid.T) {
				plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
				sealed := sealer.Seal(plain, "record-1")
				got, err := sealer.Open(sealed, "record-1")
				if err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("Open = %x, %v; want %x", got, err, plain)
				}
				if _, err := sealer.Open(sealed, "record-2"); !errors.Is(err, ErrForged) {
					t.Fatalf("opened in another record: %v", err)
				}
				at := rapid.IntRange(0, len(sealed)-1).Draw(t, "at")
				forged := bytes.Clone(sealed)
				forged[at] ^= 0x40
				if _, err := sealer.Open(forged, "record-1"); !errors.Is(err, ErrForged) {
					t.Fatalf("a changed byte %d opened: %v", at, err)
				}
			})
		})
	}
}

func TestARotatedKeyStillOpens(t *testing.T) {
	keys := NewKeys()
	before, err := NewSealer(keys, SM4)
	if err != nil {
		t.Fatal(err)
	}
	sealed := before.Seal([]byte("张三"), "r")
	keys.Sealing[2], keys.Active = random(secretSize), 2
	after, err := NewSealer(keys, AES)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := after.Open(sealed, "r"); err != nil || string(got) != "张三" {
		t.Errorf("Open = %q, %v", got, err)
	}
}

func TestDigestFramesItsParts(t *testing.T) {
	blinder := NewBlinder(NewKeys())
	if blinder.Digest("p", "ab", "c") == blinder.Digest("p", "a", "bc") {
		t.Error("two different lists of parts have one digest")
	}
	if blinder.Digest("p", "a") == blinder.Digest("q", "a") {
		t.Error("two purposes have one digest")
	}
	if first, again := blinder.Digest("p", "a"), blinder.Digest("p", "a"); first != again {
		t.Error("the same input has two digests")
	}
	if blinder.Digest("p", "a") == NewBlinder(NewKeys()).Digest("p", "a") {
		t.Error("another key gives the same digest")
	}
}

// A text is shown in the order in which it is written, and in lines: an order turned round would show what no rule was asked about.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"办得很快\n谢谢\t！":                "办得很快\n谢谢\t！",
		"打\u202e00083100831\u202c":   "打00083100831",
		"\u2067a\u2069\u200f\u061cb": "ab",
		"一\x07\x7f\u0085二":           "一二",
		"👩\u200d👧𠮷":                  "👩\u200d👧𠮷",
		"":                           "",
	} {
		if got := Plain(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestMask(t *testing.T) {
	cases := []struct{ name, got, want string }{
		{"name", MaskName("张三丰"), "张*"},
		{"name of one character", MaskName("张"), "*"},
		{"no name", MaskName(""), ""},
		{"name behind what can't be seen", MaskName("\u202e\u200b\x01张三丰"), "张*"},
		{"name of nothing that can be seen", MaskName("\u202e\u200b"), ""},
		{"phone", MaskPhone("13812345678"), "138****5678"},
		{"short phone", MaskPhone("12345"), "****"},
		{"certificate", MaskCertificate("440100199001011234"), "4401****1234"},
		{"short certificate", MaskCertificate("12345678"), "****"},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

// Many who start at once on one embedded database get the same keys: nobody finds half a file, nobody writes over another's.
func TestManyMakeOneKeyFile(t *testing.T) {
	for range 20 {
		folder := t.TempDir()
		path := filepath.Join(folder, "haochaping.db.key")
		const starters = 16
		prints, faults := make([]string, starters), make([]error, starters)
		var all sync.WaitGroup
		for n := range starters {
			all.Go(func() {
				keys, err := ReadOrCreateKeys(path)
				if faults[n] = err; err == nil {
					prints[n] = keys.Fingerprint(keys.Active)
				}
			})
		}
		all.Wait()
		if err := errors.Join(faults...); err != nil {
			t.Fatal(err)
		}
		if len(slices.Compact(prints)) != 1 {
			t.Fatalf("got different keys: %v", prints)
		}
		if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
			t.Fatalf("the folder holds %v, %v; want the key file alone", entries, err)
		}
	}
}
