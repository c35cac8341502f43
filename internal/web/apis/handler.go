// Package apis serves the public figures, GET /ping/apis/*, on the paths of the deployed portals of this family
// (domain.md 5), without signature. No answer holds personal data; names are masked.
package apis

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// Prefix begins every path of this package.
const Prefix = "/ping/apis/"

// Needs are what the public figures are made of; all are required but Observe.
type Needs struct {
	Figures  *figures.Service
	Reviews  *review.Service
	Registry *org.Registry
	Entities *catalog.EntitySet
	Tags     *catalog.Tags
	Now      func() time.Time
	Log      *slog.Logger
	// Observe is told every answer, for metrics.
	Observe func(path string, code int, took time.Duration)
}

// Handler answers every path below Prefix.
type Handler struct {
	Needs
	routes map[string]func(r *http.Request) (data any, err error)
}

// NewHandler makes the handler.
func NewHandler(needs Needs) *Handler {
	h := &Handler{Needs: needs}
	h.routes = map[string]func(*http.Request) (any, error){
		"statistics":        h.statistics,
		"entity/eval/count": h.entities,
		"tag/positions":     h.tags,
		"evals/stars":       h.stars,
		"evals":             h.evals,
		"response":          h.response,
	}
	return h
}

// ServeHTTP answers with the envelope. Any page may read the answers: they are public.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	respond.Identify(w)
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "no-cache")
	path := "other"
	if len(r.URL.Path) > len(Prefix) {
		path = r.URL.Path[len(Prefix):]
	}
	route, known := h.routes[path]
	if !known {
		path = "other"
	}
	code := h.serve(w, r, route)
	if h.Observe != nil {
		h.Observe(path, code, time.Since(started))
	}
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request, route func(*http.Request) (any, error)) (code int) {
	defer func() {
		if cause := recover(); cause != nil {
			code = respond.Error(w, r, h.Log, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
		}
	}()
	if route == nil {
		return respond.Refuse(w, http.StatusNotFound, "没有这个接口，请核对路径，见 /ping/openapi.json")
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		return respond.Refuse(w, http.StatusMethodNotAllowed, "请用 GET 方法调用")
	}
	data, err := route(r)
	if err != nil {
		return respond.Error(w, r, h.Log, err)
	}
	return respond.Data(w, data)
}
