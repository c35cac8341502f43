package app

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestHealthSaysWhatWouldBeRight: whoever asks in the wrong way is told which is right.
func TestHealthSaysWhatWouldBeRight(t *testing.T) {
	well := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	plain, secure := httptest.NewServer(well), httptest.NewTLSServer(well)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	for _, tt := range []struct {
		name      string
		server    *httptest.Server
		arguments []string
		status    int
		says      string
	}{
		{"HTTP", plain, nil, 0, "正常"},
		{"HTTPS", secure, []string{"--tls-cert", "any.pem"}, 0, "正常"},
		{"HTTPS without --tls-cert", secure, nil, 1, "服务启用了 HTTPS，请加上 --tls-cert"},
		{"HTTP with --tls-cert", plain, []string{"--tls-cert", "any.pem"}, 1, "服务没有启用 HTTPS，请去掉 --tls-cert"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			status := Main(append([]string{"health", "--listen", tt.server.Listener.Addr().String()}, tt.arguments...), &out, &out)
			if status != tt.status || !strings.Contains(out.String(), tt.says) {
				t.Errorf("status %d, says %s; want %d, %s", status, &out, tt.status, tt.says)
			}
		})
	}
}
