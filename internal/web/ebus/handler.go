// Package ebus serves the specification's interfaces, POST /ping/ebus/*: signed, judged field by field, stored, and
// answered with the envelope whatever happens (contract.md 2, 3, 4).
package ebus

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/signature"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// Prefix begins every path of this package.
const Prefix = "/ping/ebus/"

// maxBody is the most bytes of a request's body (contract.md 4).
const maxBody = 64 << 10

// Reviews accepts reviews.
type Reviews interface {
	Submit(ctx context.Context, r review.Review) (review.Receipt, error)
	// Stored finds the receipt of this very submission; false when it is not stored.
	Stored(ctx context.Context, r review.Review) (review.Receipt, bool, error)
}

// Needs are what the interfaces are made of; all are required but Observe.
type Needs struct {
	Reviews  Reviews
	Affairs  Affairs
	Verifier *Verifier
	Tags     *catalog.Tags
	Entities *catalog.EntitySet
	Now      func() time.Time
	Log      *slog.Logger
	// Rate is how many calls a second one app may make that has no rate of its own; 0 is without limit.
	Rate float64
	// Inside is the most calls that are worked on at once; 0 is without limit.
	Inside int
	// Answered is told how every call of a known interface ended, for the apps' own pages; may be nil. It must not wait.
	Answered func(integrator.Answer)
	// Observe is told every answer, for metrics.
	Observe func(path string, code int, took time.Duration)
}

// Handler answers every path below Prefix.
type Handler struct {
	Needs
	limit    limiter
	routes   map[string]route
	reviews  *gate
	bodies   room // but for those of completed affairs
	overload overloaded
}

// route is one interface. It gives the data of the answer.
type route struct {
	method string
	// entities are the evaluation objects of which an app must have been given one to be subscribed; nil is any.
	entities []string
	// most is the most bytes of a body, maxBody when it is 0.
	most int
	// gate bounds how many calls are worked on at once; nil is no bound.
	gate *gate
	// bodies bounds what is in memory of calls that may not be worked on yet.
	bodies *room
	handle func(r *http.Request, app *integrator.App, body []byte) (data any, err error)
}

func (r *route) limit() (bytes int, refusal string) {
	if r.most > 0 {
		return r.most, fmt.Sprintf("请求体不得超过 %d MiB，请分批报送", r.most>>20)
	}
	return maxBody, "请求体不得超过 64 KiB"
}

// NewHandler makes the handler.
func NewHandler(needs Needs) *Handler {
	h := &Handler{Needs: needs, limit: limiter{perSecond: needs.Rate}}
	h.reviews = newGate(min(gateLeast, cmp.Or(needs.Inside, math.MaxInt32)), gateStart, cmp.Or(needs.Inside, math.MaxInt32))
	h.bodies.most = mostBodies
	h.overload.spared.Store(startSpared)
	h.routes = map[string]route{
		"affair/eval":  h.submission(affair),
		"guide/eval":   h.submission(guide),
		"hotline/eval": h.submission(hotline),
		"affairs":      h.affairs(),
		"tags":         {method: http.MethodGet, bodies: &h.bodies, handle: h.tags},
	}
	return h
}

// Patterns are what it answers.
func (h *Handler) Patterns() []string {
	var patterns []string
	for path, route := range h.routes {
		patterns = append(patterns, route.method+" "+Prefix+path)
	}
	return patterns
}

// ServeHTTP answers with the envelope, whatever happens.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	respond.Identify(w)
	path := strings.TrimPrefix(r.URL.Path, Prefix)
	if _, known := h.routes[path]; !known {
		path = "other"
	}
	respond.Route(r, Prefix, path)
	code := h.serve(w, r)
	if code == keptOut {
		code = respond.CodeFailed
		defer h.overload.pause(w, r, h.reviews.ending.Load())
	}
	if h.Observe != nil {
		h.Observe(path, code, time.Since(started))
	}
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) (code int) {
	defer func() {
		if cause := recover(); cause != nil {
			code = respond.Error(w, r, h.Log, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
		}
	}()
	route, known := h.routes[strings.TrimPrefix(r.URL.Path, Prefix)]
	if !known {
		return respond.Refuse(w, http.StatusNotFound, "没有这个接口，请核对路径，见 /ping/openapi.json")
	}
	if r.Method != route.method {
		w.Header().Set("Allow", route.method)
		return h.refuse(w, r, http.StatusMethodNotAllowed, "请用 "+route.method+" 方法调用")
	}
	if route.method == http.MethodPost && !isJSON(canonical(r, "Content-Type")) {
		return h.refuse(w, r, http.StatusUnsupportedMediaType, "请求头 Content-Type 应为 application/json;charset=utf-8")
	}
	if route.gate != nil && route.gate.full() {
		return h.keepOut(w, route.gate)
	}
	most, refusal := route.limit()
	buffer := bodies.Get().(*bytes.Buffer)
	defer putBack(buffer)
	buffer.Reset()
	sent := arriving{call: r, verifier: h.Verifier, room: route.bodies, left: most + 1}
	defer sent.leave()
	_, err := buffer.ReadFrom(&sent)
	if r.ContentLength > int64(most) || buffer.Len() > most {
		w.Header().Set("Connection", "close")
		return h.refuse(w, r, http.StatusRequestEntityTooLarge, refusal)
	}
	if errors.Is(err, errNoRoom) {
		w.Header().Set("Connection", "close")
		return h.keepOut(w, cmp.Or(route.gate, h.reviews))
	}
	if err != nil {
		err = fault.NewUnavailable("请求体没有收完整，请用同一请求重试", time.Second, errors.Join(respond.ErrCutOff, err)) // code 2 would make the caller give up
		return h.answered(r, nil, respond.Error(w, r, h.Log, err), err)
	}
	if route.gate != nil {
		if !route.gate.enter() {
			return h.keepOut(w, route.gate)
		}
		defer func() { route.gate.leave(time.Now()) }()
	}
	app, data, err := h.call(r, route, buffer.Bytes())
	if err != nil {
		return h.answered(r, app, respond.Error(w, r, h.Log, err), err)
	}
	return h.answered(r, app, respond.Data(w, data), nil)
}

// refuse answers what the transport does not allow.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, status int, message string) int {
	return h.answered(r, nil, respond.Refuse(w, status, message), &fault.Error{Kind: fault.Invalid, Message: message})
}

// answered tells how a call ended, and gives its code. Where the caller was not found to be an app, the call is told of the one
// whose paasid it bears, if there is one.
func (h *Handler) answered(r *http.Request, app *integrator.App, code int, err error) int {
	if h.Answered == nil {
		return code
	}
	told := integrator.Answer{Interface: strings.TrimPrefix(r.URL.Path, Prefix), Code: code, Err: err}
	if app == nil {
		app, _ = h.Verifier.Apps.ByPaasID(r.Context(), header(r, signature.HeaderPaasID)) // of nobody, then
	}
	if app != nil {
		told.App = app.Code
	}
	h.Answered(told)
	return code
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// putBack keeps a buffer for the next request, unless it grew far beyond what a review needs.
func putBack(buffer *bytes.Buffer) {
	if buffer.Cap() <= 4*maxBody {
		bodies.Put(buffer)
	}
}

// call gives the app that made it, as soon as it is known, and the answer's data.
func (h *Handler) call(r *http.Request, route route, body []byte) (app *integrator.App, data any, err error) {
	app, err = h.Verifier.Caller(r, body)
	if err != nil {
		return nil, nil, err
	}
	if err := h.limit.allow(app, h.Now); err != nil {
		return app, nil, err
	}
	if !subscribed(app, route.entities) {
		return app, nil, fault.NewUntrusted("应用 " + app.Code + " 未订阅该接口")
	}
	if err := h.Verifier.once(r, app); err != nil {
		return app, nil, err
	}
	data, err = route.handle(r, app, body)
	return app, data, err
}

func subscribed(app *integrator.App, entities []string) bool {
	return entities == nil || slices.ContainsFunc(entities, app.Given)
}

// isJSON takes application/json in UTF-8, which many write utf8; a caller that says nothing means that, too.
func isJSON(contentType string) bool {
	switch contentType {
	case "", "application/json", "application/json;charset=utf-8", "application/json; charset=utf-8":
		return true // as nearly all say it
	}
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "application/json" {
		return false
	}
	charset := parameters["charset"]
	return charset == "" || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8")
}
