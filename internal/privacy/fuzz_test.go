package privacy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/privacy"
)

// FuzzKeyFile: a key file is read, or refused in words that hold nothing of it.
func FuzzKeyFile(f *testing.F) {
	name := filepath.Join(f.TempDir(), "key")
	if err := privacy.CreateKeyFile(name); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(name) //nolint:gosec // of the test
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(good))
	f.Add(strings.Replace(string(good), "=", "", 1))
	f.Add("{}")
	f.Add(`{"current":300,"keys":{"300":"AAAA"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		keys, err := privacy.ReadKeys(file)
		if err == nil {
			if _, err := privacy.NewSealer(keys, privacy.SM4); err != nil {
				t.Errorf("%q is taken and seals nothing: %v", text, err)
			}
			return
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); len(line) > 40 && strings.Contains(err.Error(), line[20:]) {
				t.Errorf("%v shows %q", err, line)
			}
		}
	})
}

// FuzzUnsealed: nothing opens that was not sealed.
func FuzzUnsealed(f *testing.F) {
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		f.Fatal(err)
	}
	sealed := sealer.Seal([]byte("张三"), "review 1")
	f.Add(sealed, "review 1")
	f.Add(sealed[:len(sealed)-1], "review 1")
	f.Add(sealed, "review 2")
	f.Add([]byte{}, "")
	f.Fuzz(func(t *testing.T, data []byte, context string) {
		plain, err := sealer.Open(data, context)
		if err == nil && (string(plain) != "张三" || context != "review 1") {
			t.Errorf("%x opens as %q", data, plain)
		}
	})
}
