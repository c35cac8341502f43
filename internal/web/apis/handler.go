// Package apis serves the public figures, GET /ping/apis/*, on the paths of the deployed portals of this family
// (domain.md 5), without signature. No answer holds personal data; names are masked.
package apis

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// Prefix begins every path of this package.
const Prefix = "/ping/apis/"

// Needs are what the public figures are made of; all are required but Root and Observe.
type Needs struct {
	Figures  *figures.Service
	Reviews  *review.Service
	Registry *org.Registry
	Entities *catalog.EntitySet
	Tags     *catalog.Tags
	// Root is the region that the fuller interface means when nobody says; empty is everywhere.
	Root string
	Now  func() time.Time
	Log  *slog.Logger
	// Observe is told every answer, for metrics.
	Observe func(path string, code int, took time.Duration)
}

// Handler answers every path below Prefix.
type Handler struct {
	Needs
	routes map[string]func(r *http.Request) (data any, err error)
	fuller map[string]*v1Route
	cache  *respond.Cache
}

// NewHandler makes the handler.
func NewHandler(needs Needs) *Handler {
	h := &Handler{Needs: needs, cache: respond.NewCache(cacheBytes, cacheAge, needs.Now)}
	h.Root = cmp.Or(h.Root, org.AllRegions)
	h.routes = map[string]func(*http.Request) (any, error){
		"statistics":        h.statistics,
		"entity/eval/count": h.entities,
		"tag/positions":     h.tags,
		"evals/stars":       h.stars,
		"evals":             h.evals,
		"response":          h.response,
	}
	h.fuller = map[string]*v1Route{
		"v1/summary":        h.table("summary"),
		"v1/regions":        h.table("regions"),
		"v1/departments":    h.table("departments"),
		"v1/alldepartments": h.table("alldepartments"),
		"v1/halls":          h.table("halls"),
		"v1/entities":       h.table("entities"),
		"v1/channels":       h.table("channels"),
		"v1/stars":          h.table("stars"),
		"v1/praised":        h.table("praised"),
		"v1/complained":     h.table("complained"),
		"v1/trend":          h.table("trend"),
		"v1/hours":          h.table("hours"),
		"v1/response":       h.table("response"),
		"v1/newest":         h.newestReviews(),
		"v1/definitions":    h.definitions(),
	}
	return h
}

// Patterns are what it answers.
func (h *Handler) Patterns() []string {
	var patterns []string
	for _, path := range slices.AppendSeq(slices.Collect(maps.Keys(h.routes)), maps.Keys(h.fuller)) {
		patterns = append(patterns, "GET "+Prefix+path)
	}
	return patterns
}

// ServeHTTP answers with the envelope. Any page may read the answers: they are public.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	respond.Identify(w)
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Expose-Headers", "ETag, Retry-After, X-Request-Id")
	respond.Share(w.Header())
	w.Header().Set("Cache-Control", "no-cache")
	path := "other"
	if len(r.URL.Path) > len(Prefix) {
		path = r.URL.Path[len(Prefix):]
	}
	if h.routes[path] == nil && h.fuller[path] == nil {
		path = "other"
	}
	respond.Route(r, Prefix, path)
	code := h.serve(w, r, path)
	if h.Observe != nil {
		h.Observe(path, code, time.Since(started))
	}
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request, path string) (code int) {
	defer func() {
		if cause := recover(); cause != nil {
			code = respond.Error(w, r, h.Log, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
		}
	}()
	route, fuller := h.routes[path], h.fuller[path]
	if route == nil && fuller == nil {
		return respond.Refuse(w, http.StatusNotFound, "没有这个接口，请核对路径，见 /ping/openapi.json")
	}
	if r.Method == http.MethodOptions {
		return permit(w)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", methods)
		return respond.Refuse(w, http.StatusMethodNotAllowed, "请用 GET 方法调用")
	}
	if fuller != nil {
		code, err := h.serveV1(w, r, path, fuller)
		if err != nil {
			return respond.Error(w, r, h.Log, err)
		}
		return code
	}
	data, err := route(r)
	if err != nil {
		return respond.Error(w, r, h.Log, err)
	}
	return respond.Data(w, data)
}

const methods = "GET, HEAD"

// permit tells a browser that a page of another site may ask as it likes, also with If-None-Match, before which browsers make sure.
// Those that do not know * go by the names beside it.
func permit(w http.ResponseWriter) (code int) {
	header := w.Header()
	header.Set("Allow", methods+", OPTIONS")
	header.Set("Access-Control-Allow-Methods", methods)
	header.Set("Access-Control-Allow-Headers", "*, Cache-Control, Content-Type, If-None-Match, X-Requested-With")
	header.Set("Access-Control-Max-Age", "7200")
	w.WriteHeader(http.StatusNoContent)
	return respond.CodeSuccess
}
