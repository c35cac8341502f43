package e2e

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/privacy"
)

// An operator rotates the keys under load, the server is killed while it seals again, goes on by itself, the old key retires, and all
// that was ever said is readable with the new key alone. No secret stands where others may read it.
func TestKeysRotateUnderLoad(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		a := h.register(t, "app1")
		s := h.serveWatched(t, "--rate", "0", "--log-level", "debug")
		callers := begin(t, s, a, 4, breath)
		callers.more(t, 300)
		if out := h.mustRun(t, "key", "rotate"); !strings.Contains(out, "第一步") || !strings.Contains(out, "2 号密钥已启用") {
			t.Errorf("key rotate says: %s", out)
		}
		if r := h.run(t, "key", "retire", "1"); r.status == 0 || !strings.Contains(r.err, "1 号密钥") {
			t.Errorf("a key that is needed retires: %+v", r)
		}
		eventually(t, "the server seals again", func() bool { return h.number(t, "SELECT count(*) FROM resealing") == 1 })
		s.kill()
		if h.number(t, "SELECT count(*) FROM sealing_key WHERE clean_at > 0") > 0 {
			t.Error("the server had nothing left to do when it was killed")
		}
		s = h.serveWatched(t, "--rate", "0", "--log-level", "debug")
		callers.to.Store(s)
		callers.more(t, 50)
		// The process that was killed counts as alive for a minute; it sealed with the new key already.
		eventually(t, "all is sealed again", func() bool { return h.number(t, "SELECT count(*) FROM sealing_key WHERE clean_at > 0") == 1 })
		if out := h.mustRun(t, "key", "retire", "1"); !strings.Contains(out, ".retired-1") {
			t.Errorf("key retire says: %s", out)
		}
		callers.more(t, 20)
		stored, _ := callers.end(t)
		h.tellsNoSecret(t, s, a)
		if status := s.stop(t); status != 0 {
			t.Errorf("exit status %d", status)
		}
		s = h.serveWatched(t, "--rate", "0")
		s.sendAgain(t, a, stored)
		h.isWhole(t, s, len(stored))
		h.opens(t, len(stored))

		// With the key file of before the server refuses to start and says why.
		now, err := os.ReadFile(h.keyFile)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(h.keyFile+".retired-1", h.keyFile); err != nil {
			t.Fatal(err)
		}
		keys, err := privacy.ReadKeys(h.keyFile)
		if err != nil {
			t.Fatal(err)
		}
		keys.Active = 1
		if err := privacy.ReplaceKeyFile(h.keyFile, keys.Without(2)); err != nil {
			t.Fatal(err)
		}
		if r := h.run(t, "app", "list"); r.status != 1 || !strings.Contains(r.err, "没有 2 号密钥") || !strings.Contains(r.err, "key rotate") {
			t.Errorf("with the keys of before: %+v", r)
		}
		if err := os.WriteFile(h.keyFile, now, 0o600); err != nil { //nolint:gosec // the test's own file
			t.Fatal(err)
		}
		if out := h.mustRun(t, "key", "status"); !strings.Contains(out, "2 号密钥  正在使用") || !strings.Contains(out, "1 号密钥  已停用") {
			t.Errorf("key status says: %s", out)
		}
	})
}

// opens wants every review to open with the key file as it is.
func (h *house) opens(t *testing.T, reviews int) {
	t.Helper()
	keys, err := privacy.ReadKeys(h.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := h.open(t).QueryContext(t.Context(), "SELECT serial, sealed FROM review")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	opened := 0
	for rows.Next() {
		var serial string
		var sealed []byte
		if err := rows.Scan(&serial, &sealed); err != nil {
			t.Fatal(err)
		}
		if _, err := sealer.Open(sealed, serial); err != nil {
			t.Errorf("%s: %v", serial, err)
		}
		opened++
	}
	if err := rows.Err(); err != nil || opened != reviews {
		t.Errorf("%d reviews open, want %d: %v", opened, reviews, err)
	}
}

// tellsNoSecret looks for secrets where others may read: the arguments of the process, its log, its metrics, what it answers.
func (h *house) tellsNoSecret(t *testing.T, s *server, a app) {
	t.Helper()
	keys, err := privacy.ReadKeys(h.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{a.Secret, base64.StdEncoding.EncodeToString(keys.Index)}
	for _, secret := range keys.Sealing {
		secrets = append(secrets, base64.StdEncoding.EncodeToString(secret), fmt.Sprintf("%x", secret))
	}
	arguments, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", s.cmd.Process.Pid))
	if err != nil || !strings.Contains(string(arguments), "serve") {
		t.Fatalf("read the arguments: %v", err)
	}
	_, metrics := s.get(t, "/metrics")
	_, missing := s.get(t, "/ping/no-such-page")
	for _, secret := range secrets {
		for where, text := range map[string]string{"arguments": string(arguments), "log": s.logs.String(), "metrics": metrics, "an error page": missing} {
			if text == "" || strings.Contains(text, secret) {
				t.Errorf("a secret stands in the %s, or there is none", where)
			}
		}
	}
}
