// Package console serves the administration (管理后台) under /console: who may come in, one table of what answers where and for
// whom, and a file for each page. Pages are Chinese, drawn on the server, and work without scripts.
package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/erasure"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/venue"
	"github.com/haochaping/haochaping/internal/web/respond"
	"github.com/haochaping/haochaping/internal/web/view"
	"github.com/klauspost/compress/gzhttp"
)

// Prefix begins every path of this package.
const Prefix = "/console"

// Needs are what the console is made of. All of the first part are required; each page's part may be left out, and then the
// page is not there.
type Needs struct {
	Staff    *identity.StaffService
	Audit    Noter
	Registry *org.Registry
	Halls    *venue.Directory
	// BaseURL is the public address without a slash at its end.
	BaseURL string
	Test    bool // 测试环境
	// Address is where a request comes from; nil takes the connection's.
	Address func(*http.Request) string
	Now     func() time.Time
	Log     *slog.Logger
	// Observe is told every answer, for metrics; may be nil.
	Observe func(path string, status int, took time.Duration)

	// Provider is a login beside the password, by a button on the login page.
	Provider StaffProvider

	Chain   AuditLog // 审计日志
	Notices Notices  // 通知
	// Settings are 系统设置.
	Settings *SettingNeeds
	// Erasures are 个人信息删除.
	Erasures *erasure.Service

	// Waiting are what 首页 shows as waiting for a person, in their order.
	Waiting []Waiting

	// Venues are 大厅窗口.
	Venues *VenueNeeds
	// Tags are 评价标签.
	Tags *catalog.TagService

	// Cases are 差评工单 and 工单时限.
	Cases *CaseNeeds

	Reviews *ReviewPages // 评价
	Figures *FigurePages // 统计排名, today's on 首页
	// Moderation are 内容审核 and 词表.
	Moderation *ModerationNeeds
	// Integrity is 异常线索.
	Integrity Integrity

	Apps      *AppNeeds      // 应用接入
	Registers *RegisterNeeds // 区划, 部门, 事项
	Sources   *SourceNeeds   // 已办同步
}

// Noter writes to the audit log what changes nothing: looking behind a mask, taking a list away.
type Noter interface {
	Note(ctx context.Context, entry audit.Entry) error
}

// Handler serves the console.
type Handler struct {
	Needs
	pages  *view.Pages
	table  []route
	secure bool // people come by https

	exporting exports
}

// NewHandler makes the console's handler.
func NewHandler(needs Needs) (http.Handler, error) {
	h, err := newHandler(needs)
	if err != nil {
		return nil, err
	}
	zip, err := gzhttp.NewWrapper(gzhttp.MinSize(512))
	if err != nil {
		return nil, fmt.Errorf("compress pages: %w", err)
	}
	patterns := make([]string, len(h.table))
	for i, r := range h.table {
		patterns[i] = r.method + " " + r.pattern
	}
	return respond.NewSite(zip(h.guarded(h.mux())), patterns), nil
}

func newHandler(needs Needs) (*Handler, error) {
	if needs.Staff == nil || needs.Audit == nil || needs.Registry == nil || needs.Halls == nil || needs.Now == nil || needs.Log == nil {
		return nil, errors.New("console: staff, audit, registry, halls, clock and log are needed")
	}
	pages, err := view.NewConsolePages()
	if err != nil {
		return nil, err
	}
	h := &Handler{Needs: needs, pages: pages, secure: strings.HasPrefix(needs.BaseURL, "https://")}
	if h.Address == nil {
		h.Address = remoteAddress
	}
	h.table = h.routes()
	return h, nil
}

// mux answers by the table.
func (h *Handler) mux() http.Handler {
	mux := http.NewServeMux()
	for _, r := range h.table {
		mux.Handle(r.method+" "+r.pattern, h.act(r))
	}
	mux.Handle(Prefix+"/", h.act(route{pattern: Prefix + "/", action: anyone, do: h.nothing}))
	return mux
}

// act runs what a route does for who may, and answers its error with a page. This is the one place where permission is asked.
func (h *Handler) act(to route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		respond.Route(r, "", to.pattern)
		recorder := respond.Record(w)
		w.Header().Set("Cache-Control", "no-store")
		r, err := h.admit(recorder, r, to)
		if err != nil {
			h.fail(recorder, r, to.pattern, err)
		}
		if h.Observe != nil {
			h.Observe(to.pattern, recorder.Status, time.Since(started))
		}
	})
}

// maxForm is the most bytes of a form where a route does not say more.
const maxForm = 256 << 10

// admit asks who is there and whether he may, and then does it. The request that it gives back knows who asked.
func (h *Handler) admit(w http.ResponseWriter, r *http.Request, to route) (*http.Request, error) {
	origin := audit.Origin{Request: respond.RequestID(w), Address: h.Address(r)}
	r = r.WithContext(audit.With(r.Context(), origin))
	p, err := h.Staff.Present(r.Context(), h.token(r))
	if err != nil {
		return r, err
	}
	if p != nil {
		origin.Actor = p.Staff.Login
		r = r.WithContext(withPresent(audit.With(r.Context(), origin), p))
	}
	r.Body = http.MaxBytesReader(w, r.Body, max(maxForm, to.most))
	if err := parse(r); err != nil {
		return r, err
	}
	if to.action == anyone {
		return r, to.do(w, r)
	}
	if p == nil {
		return r, h.toLogin(w, r)
	}
	_, door := stepOf(to.action)
	switch {
	case to.action == anyStep, p.Step != identity.Through && to.action == stepAction(p.Step):
	case p.Step != identity.Through:
		redirect(w, r, stepPath(p.Step))
		return r, nil
	case door:
		redirect(w, r, Prefix)
		return r, nil
	case !p.Staff.May(to.action):
		return r, errForbidden
	}
	return r, to.do(w, r)
}

// parse reads a form, so that one that is too long or can't be read is refused before anything is done with half of it. A form
// with files is read by its page.
func parse(r *http.Request) error {
	if !respond.Readable(r.URL.Path) {
		return nowhere()
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return readable(r)
	}
	err := r.ParseForm()
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return err
	case err != nil:
		return errUnread()
	}
	return readable(r)
}

// readable refuses what is no text; of a form with files, what was read of it so far.
func readable(r *http.Request) error {
	if !respond.ReadableValues(r.URL.Query()) || !respond.ReadableValues(r.Form) || !respond.ReadableValues(r.PostForm) {
		return errUnread()
	}
	return nil
}

func errUnread() error {
	return fault.NewInvalidPage("地址或提交的内容无法识别，请回到原来的页面重新操作")
}

// errForbidden is what a role may not do.
var errForbidden = errors.New("the role may not do this")

// guarded refuses what another site makes a browser send, and survives panics.
func (h *Handler) guarded(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.plain(w, r, http.StatusForbidden, "提交被拦下了", "这次提交不是从管理后台的页面发出的，没有执行。请回到原来的页面重新操作。")
	}))
	protected := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		respond.Identify(w)
		defer func() {
			switch cause := recover(); cause {
			case nil:
			case http.ErrAbortHandler: // an answer that is broken off must not look whole
				panic(cause)
			default:
				h.fail(w, r, "panic", fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
			}
		}()
		protected.ServeHTTP(w, r)
	})
}

// fail answers an error with a page that says what to do, and logs it once.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, name string, err error) {
	status, heading, text, level := h.meaning(w, r, err)
	h.Log.LogAttrs(r.Context(), level, "console refused", slog.String("requestId", respond.RequestID(w)),
		slog.String("page", name), slog.Int("status", status), slog.Any("error", err))
	h.plain(w, r, status, heading, text)
}

func (h *Handler) meaning(w http.ResponseWriter, r *http.Request, err error) (status int, heading, text string, level slog.Level) {
	var f *fault.Error
	var big *http.MaxBytesError
	switch {
	case errors.Is(err, errForbidden):
		return http.StatusForbidden, "您没有这项权限", "这一页或这个操作不在您的角色的权限内。如果工作需要，请联系管理员调整角色。", slog.LevelInfo
	case errors.As(err, &big):
		return http.StatusRequestEntityTooLarge, "内容太大了", "提交的内容超过了上限，没有保存。请减少内容或附件后再试。", slog.LevelInfo
	case errors.As(err, &f):
		if f.RetryAfter > 0 {
			respond.RetryAfter(w, f.RetryAfter)
		}
		status, heading = statusOf(f.Kind)
		if level = slog.LevelInfo; f.Kind == fault.Unavailable {
			level = slog.LevelWarn
		}
		return status, heading, sentence(f), level
	case r.Context().Err() != nil:
		return http.StatusInternalServerError, "操作中断了", "连接断开了，请刷新页面看看结果。", slog.LevelInfo
	default:
		return http.StatusInternalServerError, "系统出了点问题", "操作可能没有完成，请稍后再试。如果一直不行，请把这串编号告诉技术人员：" + respond.RequestID(w), slog.LevelError
	}
}

// sentence is what a fault says to a person: its violations where it has any.
func sentence(f *fault.Error) string {
	if len(f.Violations) == 0 {
		return strings.TrimSuffix(f.Message, "。") + "。"
	}
	var reasons []string
	for _, v := range f.Violations {
		reasons = append(reasons, v.Reason)
	}
	return strings.Join(reasons, "；") + "。"
}

func statusOf(kind fault.Kind) (status int, heading string) {
	switch kind {
	case fault.Invalid, fault.Untrusted:
		return http.StatusUnprocessableEntity, "填写的内容有问题"
	case fault.Missing:
		return http.StatusNotFound, "没有找到"
	case fault.TooMany:
		return http.StatusTooManyRequests, "操作太频繁了"
	case fault.Unavailable:
		return http.StatusServiceUnavailable, "暂时无法使用"
	case fault.Conflict:
		return http.StatusConflict, "没有执行"
	default:
		return http.StatusInternalServerError, "系统出了点问题"
	}
}

func nowhere() error {
	return fault.NewMissing("没有这个页面。地址可能不完整，或页面已经移走")
}

// nothing answers a path that no page has.
func (h *Handler) nothing(http.ResponseWriter, *http.Request) error {
	return nowhere()
}
