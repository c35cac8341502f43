package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sign says nothing that a caller could take for a signature over his body when it is none, and knows methods however they are written.
func TestSignSignsWhatItIsGiven(t *testing.T) {
	body := filepath.Join(t.TempDir(), "body.json")
	if err := os.WriteFile(body, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HAOCHAPING_SECRET", "s")
	for _, tt := range []struct {
		arguments, out, err string
	}{
		{"--body " + body, "", "--body 须与 --digest 一起使用"},
		{"--body nowhere.json --digest sm3", "", "读不了请求体文件"},
		{"--digest md5", "", "digest 应为 sm3 或 sha256"},
		{"--body " + body + " --digest sm3", "X-Hcp-Signature: ", ""},
		{"--path ping/ebus/tags --digest sm3", "", "path 应以 / 开头，如 /ping/ebus/affair/eval"},
		{"--path http://127.0.0.1:8080/ping/ebus/tags --digest sm3", "", "path 应以 / 开头"},
		{"--method get --path /ping/ebus/tags?generalStars=5", "X-Tif-Signature: ", ""},
	} {
		var out, errs bytes.Buffer
		status := Main(append([]string{"sign", "--paasid", "p"}, strings.Fields(tt.arguments)...), &out, &errs)
		if (status == 0) != (tt.err == "") || !strings.Contains(out.String(), tt.out) || !strings.Contains(errs.String(), tt.err) {
			t.Errorf("%s: status %d, %s, %s", tt.arguments, status, &out, &errs)
		}
		if tt.err != "" && out.Len() > 0 {
			t.Errorf("%s: signed all the same: %s", tt.arguments, &out)
		}
	}
}

// A second rotation takes a secret away that a system may still sign with, so that it has to be meant.
func TestASecondRotationHasToBeMeant(t *testing.T) {
	t.Setenv("HAOCHAPING_DATABASE", "sqlite:"+filepath.Join(t.TempDir(), "haochaping.db"))
	app := func(arguments string) (status int, said string) {
		var out, errs bytes.Buffer
		status = Main(append([]string{"app"}, strings.Fields(arguments)...), &out, &errs)
		return status, out.String() + errs.String()
	}
	for _, tt := range []struct {
		arguments string
		status    int
		said      string
	}{
		{"create --code a1 --name x --entities egovAffair", 0, "secret"},
		{"rotate --code a1", 0, "secret"},
		{"rotate --code a1", 1, "上次换发还没有结束"},
		{"rotate --code a1 --again", 0, "secret"},
		{"rotate --code a1 --finish", 0, "旧密钥已失效"},
		{"rotate --code a1 --finish", 1, "应用 a1 只有一个密钥，没有旧密钥可作废；要换密钥，请先换发"},
		{"rotate --code a1", 0, "secret"},
		{"rotate --code a2", 1, "没有应用编码 a2"},
	} {
		if status, said := app(tt.arguments); status != tt.status || !strings.Contains(said, tt.said) {
			t.Errorf("%s: status %d, %s; want %d, %s", tt.arguments, status, said, tt.status, tt.said)
		}
	}
}
