// Package board serves the public board (效能监督公开页, specification 1.2): who serves well, for everyone to see. It shows
// figures and rankings, never a person; every block of it may stand in a frame of another site and be downloaded; what changes
// shows by itself.
package board

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/venue"
	"github.com/haochaping/haochaping/internal/web/respond"
	"github.com/haochaping/haochaping/internal/web/view"
)

// Reviews lists the newest reviews for the public.
type Reviews interface {
	Newest(ctx context.Context, listing review.Listing) ([]review.Public, error)
}

// Needs are what the board is made of; Observe may be nil.
type Needs struct {
	Figures  *figures.Service
	Reviews  Reviews
	Registry *org.Registry
	Halls    *venue.Directory
	Entities *catalog.EntitySet
	Tags     *catalog.Tags
	// Root is the region that the board shows when nobody says which.
	Root string
	// BaseURL is the public address, such as https://haochaping.example.gov.cn, without a slash at its end.
	BaseURL string
	// FrameOrigins may show the board in frames of their own, such as https://www.example.gov.cn.
	FrameOrigins []string
	// Viewers bounds how many are told what changes; the others ask from time to time.
	Viewers int
	// Test marks every page: 测试环境.
	Test bool
	Now  func() time.Time
	Log  *slog.Logger
	// Observe is told every answer, for metrics.
	Observe func(path string, status int, took time.Duration)
}

// mostStates is at how many different states viewers look.
const mostStates = 200

// Handler answers every path of the board.
type Handler struct {
	Needs
	registers *registers
	pages     *view.Pages
	watcher   *watcher
	cache     *cache
	hub       *hub
	mux       *http.ServeMux
}

// action answers one request, or says why not.
type action func(w http.ResponseWriter, r *http.Request) error

// NewHandler makes the board's handler. Nothing changes by itself on it before Run.
func NewHandler(needs Needs) (*Handler, error) {
	pages, err := view.NewPages()
	if err != nil {
		return nil, err
	}
	h := &Handler{
		Needs: needs, registers: &registers{needs.Registry, needs.Halls, needs.Entities, needs.Tags}, pages: pages,
		watcher: &watcher{version: needs.Figures.Version, now: needs.Now}, mux: http.NewServeMux(),
	}
	h.cache = newCache(h.draw, h.watcher)
	h.hub = newHub(h.cache.newest, needs.Log, needs.Viewers, mostStates)
	for pattern, act := range h.actions() {
		h.mux.Handle(pattern, h.act(pattern, act))
	}
	return h, nil
}

func (h *Handler) actions() map[string]action {
	return map[string]action{
		Prefix:                      h.show,
		Prefix + "/live":            h.live,
		Prefix + "/embed/{block}":   h.embed,
		Prefix + "/download/{file}": h.download,
		Prefix + "/":                h.nothing,
	}
}

// Patterns are what it answers.
func (h *Handler) Patterns() []string { return slices.Collect(maps.Keys(h.actions())) }

// Run looks for changes once a second and tells the viewers until ctx ends.
func (h *Handler) Run(ctx context.Context) {
	looked := make(chan struct{}, 1)
	var both sync.WaitGroup
	both.Go(func() { h.watch(ctx, looked) })
	both.Go(func() { h.tellViewers(ctx, looked) })
	both.Wait()
}

// watch looks for changes, and says each time that it has.
func (h *Handler) watch(ctx context.Context, looked chan<- struct{}) {
	ticker := time.NewTicker(watchPause)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := h.watcher.look(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			h.Log.Warn("the board shows older figures", "error", err)
		}
		failing = err != nil
		h.cache.forget(h.registers.changed)
		select {
		case looked <- struct{}{}:
		default: // the viewers are still being told of the last
		}
	}
}

// tellViewers tells them at most once a pause what was seen, and takes no more than half of the time for it: what comes in
// goes before.
func (h *Handler) tellViewers(ctx context.Context, looked <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-looked:
		}
		began := time.Now()
		h.hub.refresh(ctx)
		took := time.Since(began)
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(watchPause, 2*took) - took):
		}
	}
}

// Close ends the streams of all viewers; from then on they are sent elsewhere.
func (h *Handler) Close() { h.hub.close() }

// Count is how many are told what changes, and at how many states they look.
func (h *Handler) Count() (viewers, states int) { return h.hub.count() }

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// act runs an action and answers its error with a page.
func (h *Handler) act(pattern string, act action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		recorder := respond.Record(w)
		respond.Identify(w)
		respond.Route(r, "", pattern)
		h.protect(w, "'none'")
		func() {
			defer func() {
				if cause := recover(); cause != nil {
					h.fail(recorder, r, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
				}
			}()
			if err := h.answer(recorder, r, act); err != nil {
				h.fail(recorder, r, err)
			}
		}()
		if h.Observe != nil {
			h.Observe(cmp.Or(strings.Trim(strings.TrimPrefix(pattern, Prefix), "/"), "page"), recorder.Status, time.Since(started))
		}
	})
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, act action) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return nil
	}
	return act(w, r)
}

// protect allows a page what is our own, nothing inline, and to stand in frames of ancestors only.
func (h *Handler) protect(w http.ResponseWriter, ancestors string) {
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "+
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "+ancestors)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Cache-Control", "no-cache")
	if ancestors != "'none'" {
		respond.Share(header)
		respond.Frame(header)
	}
}

// ancestors are who may show the board in a frame.
func (h *Handler) ancestors() string {
	if len(h.FrameOrigins) == 0 {
		return "'none'"
	}
	return strings.Join(h.FrameOrigins, " ")
}

// query reads an address's parameters.
func query(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.NewInvalid(fault.Violation{Field: "地址", Reason: "问号之后应为 名称=值，以 & 相连"})
	}
	return values, nil
}

// show draws the whole board.
func (h *Handler) show(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r)
	if err != nil {
		return err
	}
	s, err := h.parseState(values)
	if err != nil {
		return err
	}
	if values.Has("from") || values.Has("to") { // of the form: one state has one address
		http.Redirect(w, r, h.address("", s), http.StatusSeeOther) //nolint:gosec // a path of our own
		return nil
	}
	if s.block = ""; s.embed {
		h.protect(w, h.ancestors())
	}
	return h.serve(w, r, shown{state: s})
}

// embed draws one block alone, for a frame of another site.
func (h *Handler) embed(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r)
	if err != nil {
		return err
	}
	values.Set("embed", "1")
	values.Set("block", r.PathValue("block"))
	s, err := h.parseState(values)
	if err != nil {
		return err
	}
	h.protect(w, h.ancestors())
	return h.serve(w, r, shown{state: s})
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request, what shown) error {
	d, err := h.cache.get(r.Context(), what)
	if err != nil {
		return err
	}
	d.kept.Serve(w, r)
	return nil
}

// nothing answers a path that the board has not.
func (h *Handler) nothing(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Path == Prefix+"/" {
		http.Redirect(w, r, Prefix, http.StatusMovedPermanently)
		return nil
	}
	return fault.NewMissing("没有这个页面，请从效能监督首页进入。")
}

// fail answers an error with a page that says what would be right, and logs it once.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	page := Fault{Title: "系统出了点问题", Test: h.Test, Home: Prefix, Way: "看全部数据"}
	status, level := http.StatusInternalServerError, slog.LevelError
	page.Text = "请稍后再试。如果一直不行，请把这串编号告诉我们：" + respond.RequestID(w)
	if f, ok := asFault(err); ok {
		level, page.Text = slog.LevelInfo, f.Message
		switch f.Kind {
		case fault.Invalid:
			status = http.StatusBadRequest
			h.explain(&page, f, r.URL.Query())
		case fault.Missing:
			status, page.Title = http.StatusNotFound, "没有找到"
		case fault.Unavailable:
			status, page.Title, level = http.StatusServiceUnavailable, "暂时无法使用", slog.LevelWarn
		}
		if f.RetryAfter > 0 {
			respond.RetryAfter(w, f.RetryAfter)
		}
	} else if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		level = slog.LevelInfo // the caller hung up
	}
	h.Log.LogAttrs(r.Context(), level, "board refused", slog.String("requestId", respond.RequestID(w)),
		slog.String("path", r.URL.Path), slog.Int("status", status), slog.Any("error", err))
	html, drawing := h.pages.Fragment(view.Chinese, "board-fault", page)
	if drawing != nil {
		h.Log.Error("draw a fault", "error", drawing)
		http.Error(w, page.Title, status)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(html)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(html)) // a reader that hung up loses his page only
}

// explain fills in what is wrong in an address, and the ways on, which keep what was right. Days that can't be are what a person
// chose in a form: he is told in plain words, and chooses again.
func (h *Handler) explain(page *Fault, f *fault.Error, query url.Values) {
	page.Title, page.Text = "这个地址打不开", "地址中有看不懂的内容："
	for _, v := range f.Violations {
		page.Wrongs = append(page.Wrongs, Wrong{v.Field, v.Reason})
	}
	right, _ := h.readState(query)
	if page.Home = h.page(right); page.Home != Prefix {
		page.Way = "按其余条件查看"
	}
	aboutDays := func(wrong Wrong) bool { return wrong.Field == daysField }
	if !slices.ContainsFunc(page.Wrongs, aboutDays) {
		return
	}
	form := h.daysForm(right, h.Now())
	from, to, _ := chosenDays(query)
	form.From, form.To = onlyDay(from), onlyDay(to)
	page.Days = &form
	if len(page.Wrongs) == 1 {
		page.Title, page.Text, page.Wrongs = "日期不对", page.Wrongs[0].Reason+"，请重新选择。", nil
	}
}

func asFault(err error) (*fault.Error, bool) {
	var f *fault.Error
	ok := errors.As(err, &f)
	return f, ok
}
