package app

import (
	"encoding/json"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/web/apis"
	"github.com/haochaping/haochaping/internal/web/board"
	administration "github.com/haochaping/haochaping/internal/web/console"
	"github.com/haochaping/haochaping/internal/web/ebus"
	"github.com/haochaping/haochaping/internal/web/openapi"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// handler answers every path. The interfaces are told apart before net/http's mux sees them: it would answer an
// unclean path with a redirect of its own, and theirs is the envelope whatever happens.
func (s *service) handler() http.Handler {
	interfaces := ebus.NewHandler(ebus.Needs{
		Reviews: s.reviews, Affairs: s.affairs,
		Verifier: &ebus.Verifier{
			Apps: s.apps, GatewayKey: s.gateway, Window: s.settings.GatewayWindow, Now: time.Now, Nonces: s.nonces,
		},
		Tags: s.tags, Entities: s.entities, Now: time.Now, Log: s.log, Rate: s.settings.Rate, Observe: s.metrics.observe("ebus"), Answered: s.diary.Note,
		Inside: s.lanes * (s.settings.Queue + s.settings.Batch),
	})
	s.metrics.admit(interfaces)
	public := apis.NewHandler(apis.Needs{
		Figures: s.figures, Reviews: s.reviews, Registry: s.registry, Entities: s.entities, Tags: s.tags,
		Root: s.board.Root, Now: time.Now, Log: s.log, Observe: s.metrics.observe("apis"),
	})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", s.metrics.handler())
	mux.Handle("GET /ping/openapi.json", openapi.Handler())
	mux.Handle("GET /ping/openapi.html", s.interfaces)
	mux.Handle("/", s.pages) // a slip in an address is told there, too
	mux.Handle(administration.Prefix, s.console)
	mux.Handle(administration.Prefix+"/", s.console)
	mux.Handle(board.Prefix, s.board)
	mux.Handle(board.Prefix+"/", s.board)
	mux.Handle("GET /{$}", http.RedirectHandler(board.Prefix, http.StatusFound))
	patterns := []string{"GET /healthz", "GET /readyz", "GET /metrics", "GET /ping/openapi.json", "GET /ping/openapi.html", "GET /{$}"}
	for _, part := range []any{interfaces, public, s.pages, s.console, s.board} {
		patterns = append(patterns, part.(interface{ Patterns() []string }).Patterns()...)
	}
	protection := respond.NewProtection(s.settings.Strict())
	return respond.NewSite(protection.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clean := path.Clean(r.URL.Path) // of an address with a slash too many, to answer it in the same way
		switch {
		case under(r.URL.Path, ebus.Prefix), under(clean, ebus.Prefix):
			interfaces.ServeHTTP(w, r)
		case under(r.URL.Path, apis.Prefix), under(clean, apis.Prefix):
			public.ServeHTTP(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	})), patterns)
}

// under says whether path is prefix, which ends with a slash, or below it.
func under(path, prefix string) bool {
	return strings.HasPrefix(path, prefix) || path == prefix[:len(prefix)-1]
}

// healthz says that the process answers.
func (s *service) healthz(w http.ResponseWriter, _ *http.Request) {
	state(w, http.StatusOK, map[string]any{"status": "ok"})
}

// readyz proves by a durable write that reviews can be stored; 503 while they can't.
func (s *service) readyz(w http.ResponseWriter, r *http.Request) {
	err := s.ready(r.Context())
	began, ended, lasted := s.unready.note(0, err != nil)
	if began {
		s.log.Warn("not ready", errorKey, causeOf(err))
	}
	if ended {
		s.log.Warn("ready again", "seconds", lasted.Seconds())
	}
	if err != nil {
		w.Header().Set("Retry-After", "1")
		state(w, http.StatusServiceUnavailable, map[string]any{"status": "unavailable", "reason": "reviews can't be stored now"})
		return
	}
	body := map[string]any{"status": "ok"}
	if failing := s.sources.failing(); len(failing) > 0 {
		body["failingSources"] = failing // reviews are taken all the same
	}
	state(w, http.StatusOK, body)
}

func state(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a prober that hung up loses his answer only
}
