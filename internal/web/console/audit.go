package console

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/web/view"
)

// AuditLog is the chain of what was done, as 审计日志 shows it.
type AuditLog interface {
	audit.Store
}

const auditPath = "/console/audit"

// auditRow is an entry in the list.
type auditRow struct {
	audit.Link
	Words   string // of the action
	What    string // the object in words
	Alike   string // where all about the object is listed
	Changes []auditChange
}

type auditPage struct {
	Frame
	List
	Entries []auditRow
	Check   Form
}

func auditFilters(r *http.Request) Filters {
	return readFilters(r,
		Filter{Name: "actor", Label: "操作人账号或姓名", Most: 128},
		Filter{Name: "action", Label: "操作", Kind: ChoiceFilter, Choices: auditWords},
		Filter{Name: "object", Label: "对象（如 账号 zhang）", Most: 256},
		Filter{Name: "from", Label: "从", Kind: DayFilter},
		Filter{Name: "to", Label: "到", Kind: DayFilter},
	)
}

// auditActor is whose entries are asked for: a login, 系统, or the name of one person alone.
func (h *Handler) auditActor(ctx context.Context, typed string) (string, error) {
	if typed == systemWord {
		return audit.System, nil
	}
	return h.loginOf(ctx, nil, typed)
}

func (h *Handler) auditQuery(ctx context.Context, f Filters, after string, limit int) (audit.Query, error) {
	actor, err := h.auditActor(ctx, f.Get("actor"))
	return audit.Query{
		Actor: actor, Action: f.Get("action"), Object: objectOf(f.Get("object")), From: f.From("from"), To: f.To("to"),
		Before: auditPosition(after), Limit: limit,
	}, err
}

// systemWord is what nobody is called: a background round or a command.
const systemWord = "系统"

// auditKey is where an entry lies, for the address; auditPosition reads it, nil where it can't be read.
func auditKey(l *audit.Link) string {
	return strconv.FormatInt(l.At.UnixMicro(), 36) + "." + strconv.FormatInt(l.Number, 36)
}

func auditPosition(key string) *audit.Position {
	at, number, _ := strings.Cut(key, ".")
	micro, err := strconv.ParseInt(at, 36, 64)
	n, bad := strconv.ParseInt(number, 36, 64)
	if err != nil || bad != nil {
		return nil
	}
	return &audit.Position{At: time.UnixMicro(micro), Number: n}
}

// listAudit is GET /console/audit.
func (h *Handler) listAudit(w http.ResponseWriter, r *http.Request) error {
	return h.drawAudit(w, r, nil)
}

func (h *Handler) drawAudit(w http.ResponseWriter, r *http.Request, wrong error) error {
	filters, pager := auditFilters(r), readPager(r)
	query, err := h.auditQuery(r.Context(), filters, pager.After, PageSize+1)
	if err != nil {
		return err
	}
	found, err := h.Chain.SearchAudit(r.Context(), query)
	if err != nil {
		return err
	}
	found, next := more(found, auditKey)
	page := auditPage{Frame: h.frame(w, r, "审计日志"), List: newList(auditPath, filters, pager, len(found), next, "还没有记录。")}
	page.exports(auditPath + "/export")
	for i := range found {
		page.Entries = append(page.Entries, newAuditRow(&found[i]))
	}
	page.Check = newForm(auditPath+"/verify", "核对审计日志", wrong, Input{
		Name: "head", Label: "以前留存的校验值", Hint: "每次核对后给出一个校验值。填上以前留存的，可证明当时的记录至今没有被删改", Value: r.PostFormValue("head"),
		Most: maxAnchor, Complete: "off",
	})
	return h.write(w, page.Check.status(), "audit", page)
}

func newAuditRow(l *audit.Link) auditRow {
	row := auditRow{Link: *l, Words: actionWords(l.Action), What: objectWords(l.Object), Changes: auditChanges(l)}
	alike := l.Object
	if objectOf(row.What) == l.Object {
		alike = row.What
	}
	row.Alike = auditPath + "?" + url.Values{"object": {alike}}.Encode()
	return row
}

// maxAnchor is the most characters of an anchor.
const maxAnchor = 100

// auditExportPiece is how many entries are read at once for an export.
const auditExportPiece = audit.MaxPage

// AuditWords are what was done, to what, and what changed by it, for people.
func AuditWords(l *audit.Link) (action, object, changes string) {
	var all []string
	for _, c := range auditChanges(l) {
		all = append(all, c.String())
	}
	return actionWords(l.Action), objectWords(l.Object), strings.Join(all, "；")
}

// exportAudit is GET /console/audit/export?format=.
func (h *Handler) exportAudit(w http.ResponseWriter, r *http.Request) error {
	query, err := h.auditQuery(r.Context(), auditFilters(r), "", auditExportPiece)
	if err != nil {
		return err
	}
	columns := []string{"序号", "时间", "操作人", "操作", "对象", "变更", "原因", "来源地址", "请求编号", "校验值"}
	return h.export(w, r, "审计日志", columns, func(yield func([]string) error) error {
		for {
			found, err := h.Chain.SearchAudit(r.Context(), query)
			if err != nil || len(found) == 0 {
				return err
			}
			for i := range found {
				l := &found[i]
				action, object, changes := AuditWords(l)
				err := yield([]string{
					strconv.FormatInt(l.Number, 10), view.Moment(l.At), yesNo(l.Actor == audit.System, systemWord, l.Actor), action, object, changes,
					l.Reason, l.Address, l.Request, l.Anchor().String(),
				})
				if err != nil {
					return err
				}
			}
			query.Before = auditPosition(auditKey(&found[len(found)-1]))
		}
	})
}

// verifyPatience is how long a verification may take; millions of entries take seconds.
const verifyPatience = 10 * time.Minute

type auditReportPage struct {
	Frame
	Sound  bool
	Number int64
	Words  string
	Count  int64
	Head   string
	Kept   bool // an anchor was given
}

// verifyAudit is POST /console/audit/verify.
func (h *Handler) verifyAudit(w http.ResponseWriter, r *http.Request) error {
	var anchors []audit.Anchor
	if text := strings.TrimSpace(r.PostFormValue("head")); text != "" {
		anchor, ok := audit.ParseAnchor(text)
		if !ok || len(text) > maxAnchor {
			return h.drawAudit(w, r, fault.NewInvalid(fault.Violation{Field: "head", Reason: "校验值不完整，应形如 42-66c7f0…，请原样粘贴"}))
		}
		anchors = append(anchors, anchor)
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(verifyPatience)) // where that can't be set there is none
	ctx, cancel := context.WithTimeout(r.Context(), verifyPatience)
	defer cancel()
	report, err := audit.Verify(ctx, h.Chain, anchors, nil)
	if err != nil {
		return err
	}
	page := auditReportPage{Sound: report.Sound(), Number: report.Number, Words: report.Broken.Words(), Count: report.Head.Number, Head: report.Head.String(), Kept: len(anchors) > 0}
	outcome := "一致 " + page.Head
	if !page.Sound {
		outcome = "不一致：第 " + strconv.FormatInt(page.Number, 10) + " 条，" + page.Words
		h.Log.Error("the audit chain is broken", "number", page.Number, "how", string(report.Broken))
	}
	if err := h.Audit.Note(r.Context(), audit.Entry{Action: "audit.verify", Object: "audit", After: outcome}); err != nil {
		return err
	}
	page.Frame = h.frame(w, r, "核对审计日志")
	return h.write(w, http.StatusOK, "audit-report", page)
}
