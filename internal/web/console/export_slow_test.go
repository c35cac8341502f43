package console

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
)

// oneConnection is a listener of one connection.
type oneConnection struct{ connections chan net.Conn }

func (l *oneConnection) Accept() (net.Conn, error) {
	connection, open := <-l.connections
	if !open {
		return nil, net.ErrClosed
	}
	return connection, nil
}
func (l *oneConnection) Close() error   { return nil }
func (l *oneConnection) Addr() net.Addr { return &net.UnixAddr{} }

type noted struct{}

func (noted) Note(context.Context, audit.Entry) error { return nil }

// Who reads a byte a second loses his connection after two minutes, and who is always just quick enough after two hours: nobody
// holds an export for ever.
func TestASlowReaderOfAnExportIsDropped(t *testing.T) {
	for _, c := range []struct {
		format string
		bytes  int // a second
		within time.Duration
	}{{csvFormat, 1, exportPatience}, {xlsxFormat, 1, exportPatience}, {csvFormat, 4 << 10, exportLongest}} {
		t.Run(fmt.Sprintf("%s, %d bytes a second", c.format, c.bytes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &Handler{Needs: Needs{Audit: noted{}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}}
				began, ended := time.Now(), make(chan time.Duration, 1)
				server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					defer func() { ended <- time.Since(began) }()
					row := []string{strings.Repeat("评价", 50)}
					_ = h.export(w, r, "评价", []string{"内容"}, func(yield func([]string) error) error {
						for {
							if err := yield(row); err != nil {
								return err
							}
						}
					})
				})}
				listener := &oneConnection{make(chan net.Conn, 1)}
				ours, theirs := net.Pipe()
				listener.connections <- theirs
				go server.Serve(listener) //nolint:errcheck // it ends with its listener
				if _, err := io.WriteString(ours, "GET /x?format="+c.format+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
					t.Fatal(err)
				}
				piece := make([]byte, c.bytes)
				for {
					if _, err := io.ReadFull(ours, piece); err != nil {
						break
					}
					time.Sleep(time.Second)
				}
				if took := <-ended; took < c.within/2 || took > c.within+exportPatience {
					t.Errorf("he held it for %v", took)
				}
				close(listener.connections)
				_ = ours.Close()
				_ = server.Close()
			})
		})
	}
}
