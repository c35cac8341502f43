package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/haochaping/haochaping/internal/config"
)

type serveCommand struct {
	config.Storage
	config.Server
}

// Check reports everything that is wrong, joined.
func (s *serveCommand) Check() error {
	return errors.Join(s.Storage.Check(), s.Server.Check(), s.Pages.Check())
}

// Limits on callers that are slow or send too much (issue: every input has a limit).
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	// drainTime is how long, after a signal to stop, answers ask callers to close their connections while new ones are
	// still taken: a caller that reuses its connection finds out by an answer, not by a broken line.
	drainTime = time.Second
	// stopTime bounds how long requests under way may take after that.
	stopTime = 20 * time.Second
)

// Run serves until a signal, then finishes what is under way.
func (s *serveCommand) Run(c *console) error {
	if err := s.Check(); err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(c.err, &slog.HandlerOptions{Level: s.Level()}))
	h, err := open(c, &s.Storage, s.Embedded() || s.AutoMigrate)
	if err != nil {
		return err
	}
	service, err := newService(c, h, s.RootRegion, &s.Server, false, log)
	if err != nil {
		return errors.Join(err, h.close())
	}
	listener, err := (&net.ListenConfig{}).Listen(c, "tcp", s.Listen)
	if err != nil {
		return errors.Join(err, service.giveUp(), h.close())
	}
	return service.serve(c, listener)
}

// serve answers on the listener until ctx ends, then stops in order: no new connections, requests under way, batches
// under way, the store.
func (s *service) serve(ctx context.Context, listener net.Listener) error {
	defer runtime.KeepAlive(Ballast())
	most, _ := s.places()
	open := &connections{most: most}
	s.metrics.connected(open)
	handler := s.tracer.Requests(s.handler())
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if s.draining.Load() {
				w.Header().Set("Connection", "close")
			}
			if refuseHeader(w, r) {
				return
			}
			handler.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, Protocols: protocols, ConnState: open.changed, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	if s.pair != nil {
		server.TLSConfig = s.pair.Config()
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	defer signal.Stop(asked)
	stopKeeping := s.keep(asked)
	failed := make(chan error, 1)
	go func() {
		if s.pair != nil {
			failed <- server.ServeTLS(listener, "", "")
		} else {
			failed <- server.Serve(listener)
		}
	}()
	s.log.Info("listening", "address", listener.Addr().String(), "lanes", s.lanes, "tls", s.pair != nil)

	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		s.log.Info("stopping")
		s.draining.Store(true)
		s.board.Close()
		time.Sleep(drainTime)
		// Once the serving loop has ended, every connection that was accepted is known.
		err = closeQuietly(listener)
		<-failed //nolint:errcheck // it says that the listener is closed, as it should be
		deadline, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		open.wait(deadline)
		if stopped := server.Shutdown(deadline); stopped != nil {
			err = errors.Join(err, fmt.Errorf("stop: %w", stopped))
		}
	}
	s.reviews.Close()
	stopKeeping()
	s.endTraces()
	if closed := s.close(); closed != nil {
		err = errors.Join(err, fmt.Errorf("close the store: %w", closed))
	}
	s.log.Info("stopped")
	return err
}

func closeQuietly(listener net.Listener) error {
	if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("stop listening: %w", err)
	}
	return nil
}
