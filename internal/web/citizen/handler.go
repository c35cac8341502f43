// Package citizen serves the pages behind QR codes and links: scan, rate in ten seconds, see what came of it
// (specification 2.3, 2.4, 3.4.1; contract.md 5).
package citizen

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/venue"
	"github.com/haochaping/haochaping/internal/web/respond"
	"github.com/haochaping/haochaping/internal/web/view"
	"github.com/klauspost/compress/gzhttp"
)

// Reviews takes reviews and finds them again.
type Reviews interface {
	Submit(ctx context.Context, r review.Review) (review.Receipt, error)
	Rated(ctx context.Context, r review.Review) (review.Receipt, bool, error)
	ByReceipt(ctx context.Context, code string) (review.Own, error)
	ByPerson(ctx context.Context, person string, after *review.Position, limit int) ([]review.Own, error)
}

// Items knows the names of service items; "" when there is none.
type Items interface {
	ItemName(ctx context.Context, code string) (string, error)
}

// Apps finds an app by its code; nil when there is none.
type Apps interface {
	ByCode(ctx context.Context, code string) (*integrator.App, error)
}

// Affairs finds the completed affairs of a hall that a citizen has not rated yet.
type Affairs interface {
	Unreviewed(ctx context.Context, citizen identity.Citizen, hall string) ([]affair.Affair, error)
}

// Needs are what the pages are made of; Login, Affairs, Cases, Registry and Observe may be nil.
type Needs struct {
	Reviews  Reviews
	Halls    *venue.Directory
	Items    Items
	Apps     Apps
	Affairs  Affairs       // nil: none are known
	Cases    Cases         // nil: bad reviews are not followed up
	Registry *org.Registry // names the units that answer cases and knows codes that were given up; nil: neither
	Entities *catalog.EntitySet
	Tags     *catalog.Tags
	Login    Provider // nil: nobody can log in
	// Scanned is told the code of a window whose static code a citizen has opened; nil counts nothing.
	Scanned  func(window string)
	Demo     bool // a login of its own, clearly marked; never in production
	Sessions scs.CtxStore
	// BaseURL is the public address, such as https://haochaping.example.gov.cn, without a slash at its end.
	BaseURL string
	// Test marks every page and code: 测试环境.
	Test bool
	// Address is where a request comes from, for limits; nil takes the connection's.
	Address func(*http.Request) string
	Now     func() time.Time
	Log     *slog.Logger
	// Observe is told every answer, for metrics.
	Observe func(path string, status int, took time.Duration)
}

// Handler answers every page's path, and tells who made a slip in one, wherever that is.
type Handler struct {
	Needs
	*login
	pages  *view.Pages
	limits *limits
	drawn  sync.Map // template.HTML by untouched
}

// action answers one request, or says why not.
type action func(w http.ResponseWriter, r *http.Request) error

// prefix begins the path of every page; cookies stay below it.
const prefix = "/ping/"

// receiptPath is where reviews are found by their receipt codes.
const receiptPath = "/ping/r/"

// NewHandler makes the pages' handler.
func NewHandler(needs Needs) (http.Handler, error) {
	pages, err := view.NewPages()
	if err != nil {
		return nil, err
	}
	h := &Handler{Needs: needs, pages: pages, limits: newLimits(needs.Now)}
	if h.Address == nil {
		h.Address = remoteAddress
	}
	h.login = newLogin(loginNeeds{
		store: needs.Sessions, provider: needs.Login, demo: needs.Demo, secure: strings.HasPrefix(needs.BaseURL, "https://"),
		page: h.plain, demoPage: h.demoPage, now: needs.Now, log: needs.Log,
	})
	zip, err := gzhttp.NewWrapper(gzhttp.MinSize(512))
	if err != nil {
		return nil, fmt.Errorf("compress pages: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+view.AssetPrefix, view.AssetHandler())
	mux.Handle("GET /ping/pb/worker.js", worker())
	patterns := []string{"GET " + view.AssetPrefix + "citizen.css", "GET /ping/pb/worker.js"}
	for pattern := range h.actions() {
		patterns = append(patterns, pattern)
	}
	for pattern := range h.login.handlers() {
		patterns = append(patterns, pattern)
	}
	mux.Handle("/", h.guarded(h.routes()))
	return respond.NewSite(zip(mux), patterns), nil
}

// routes are the pages. Those that read a session are within it.
func (h *Handler) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, act := range h.actions() {
		mux.Handle(pattern, h.act(pattern, act))
	}
	for pattern, handler := range h.login.handlers() {
		mux.Handle(pattern, h.act(pattern, func(w http.ResponseWriter, r *http.Request) error {
			if err := h.limitLogins(r); err != nil {
				return err
			}
			handler(w, r)
			return nil
		}))
	}
	return h.login.withSession(mux)
}

// actions are what pages do, those of the login left out.
func (h *Handler) actions() map[string]action {
	return map[string]action{
		"GET /ping/hallqr.html":     h.showAffair,
		"POST /ping/hallqr.html":    h.rateAffair,
		"GET /ping/pb/hallqr.html":  h.showTablet,
		"POST /ping/pb/hallqr.html": h.rateTablet,
		"GET /ping/pb/{page}":       h.tabletPage,
		"GET /ping/window.html":     h.showWindow,
		"POST /ping/window.html":    h.rateWindow,
		"GET /ping/w/{code}":        h.shortWindow,
		"GET /ping/guide.html":      h.showGuide,
		"POST /ping/guide.html":     h.rateGuide,
		"GET /ping/my.html":         h.mine,
		"POST /ping/my.html":        h.answerMine,
		"GET /ping/r":               h.enterReceipt,
		"GET /ping/r/{code}":        h.receipt,
		"POST /ping/r/{code}":       h.answerReceipt,
		"GET /ping/preferences":     h.prefer,
		"POST /ping/preferences":    h.preferWriting,
		"GET /ping/qr.svg":          h.picture,
		"GET /ping/qr.png":          h.picture,
		"/":                         h.nothing,
	}
}

// act runs an action and answers its error with a page.
func (h *Handler) act(pattern string, act action) http.Handler {
	name := pattern[strings.Index(pattern, "/"):]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		respond.Route(r, "", name)
		recorder := respond.Record(w)
		err := legible(r)
		if err == nil {
			err = act(recorder, r)
		}
		if err != nil {
			h.fail(recorder, r, name, err)
		}
		if h.Observe != nil {
			h.Observe(name, recorder.Status, time.Since(started))
		}
	})
}

// legible refuses an address that is no text: a path that is none is no page's, a query that is none is a message that can't be
// read (contract.md 5).
func legible(r *http.Request) error {
	switch {
	case !respond.Readable(r.URL.Path):
		return fault.NewMissing(say(r, "没有这个页面，请重新扫描二维码。", "There is no such page. Please scan the code again."))
	case !respond.ReadableValues(r.URL.Query()):
		return unreadable(r)
	default:
		return nil
	}
}

// guarded refuses what another site makes a browser send, and survives panics.
func (h *Handler) guarded(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.plain(w, r, http.StatusForbidden, say(r, "提交被拦下了", "This was stopped"),
			say(r, "这次提交不是从本系统的页面发出的。请回到评价页面重新提交。", "It was not sent from a page of ours. Please go back to the page and submit again."))
	}))
	protected := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		respond.Identify(w)
		defer func() {
			if cause := recover(); cause != nil {
				h.fail(w, r, "panic", fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
			}
		}()
		protected.ServeHTTP(w, r)
	})
}

// fail answers an error with a page that says what to do, and logs it once.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, name string, err error) {
	var f *fault.Error
	id := respond.RequestID(w)
	status, heading := statusOf(r, fault.KindOf(err))
	text := say(r, "请稍后再试。如果一直不行，请把这串编号告诉工作人员："+id, "Please try again in a moment. If it goes on, tell the staff this number: "+id)
	level := slog.LevelError
	if errors.As(err, &f) {
		text, level = f.Message, slog.LevelInfo
		if f.Kind == fault.Unavailable {
			text = say(r, f.Message, "This is not possible now. Please try again in a moment.")
		}
		if f.RetryAfter > 0 {
			respond.RetryAfter(w, f.RetryAfter)
		}
	}
	h.Log.LogAttrs(r.Context(), level, "page refused", slog.String("requestId", id),
		slog.String("page", name), slog.Int("status", status), slog.Any("error", err))
	h.plain(w, r, status, heading, text)
}

func statusOf(r *http.Request, kind fault.Kind) (status int, heading string) {
	switch kind {
	case fault.Invalid, fault.Untrusted:
		if r.Method == http.MethodPost {
			return http.StatusBadRequest, say(r, "没有提交成功", "Not submitted")
		}
		return http.StatusBadRequest, say(r, "这个地址打不开", "This address can't be opened")
	case fault.Missing:
		return http.StatusNotFound, say(r, "没有找到", "Not found")
	case fault.TooMany:
		return http.StatusTooManyRequests, say(r, "操作太频繁了", "Too many requests")
	case fault.Unavailable:
		return http.StatusServiceUnavailable, say(r, "暂时无法使用", "Not available now")
	case fault.Conflict:
		return http.StatusOK, view.Word(language(r), "again")
	default:
		return http.StatusInternalServerError, say(r, "系统出了点问题", "Something went wrong")
	}
}
