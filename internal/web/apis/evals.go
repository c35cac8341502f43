package apis

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/review"
)

type eval struct {
	UserName       string    `json:"userName"` // masked
	EvalEntityName string    `json:"evalEntityName"`
	EvalTime       string    `json:"evalTime"` // yyyyMMddHHmmss
	GeneralStars   int       `json:"generalStars"`
	TagList        []evalTag `json:"tagList"`
	AffairName     string    `json:"affairName"`
}

type evalTag struct {
	TagID   string `json:"tagId"`
	TagName string `json:"tagName"`
}

// evals lists reviews, newest first. Page after page it goes on with lastRecord, at the same cost however deep.
func (h *Handler) evals(r *http.Request) (any, error) {
	q := h.query(r)
	scope, stars, after := q.scope(), q.number("generalStars", 0, 0, 5), q.position("lastRecord")
	read := q.page
	if after != nil {
		read = q.anyPage
	}
	page := read()
	if err := q.fault(); err != nil {
		return nil, err
	}
	listing := review.Listing{Stars: stars, After: after, Limit: page.size}
	if after == nil {
		listing.Offset = page.offset()
	}
	listing, total, err := h.Figures.Listing(r.Context(), scope, listing)
	if err != nil {
		return nil, err
	}
	count := total.Total()
	if stars > 0 {
		count = total[stars-1] //nolint:gosec // 1 to 5
	}
	data := paged[eval]{PageData: []eval{}, PageNo: page.number, PageTotal: page.of(count), Total: count}
	if count == 0 {
		return data, nil
	}
	found, err := h.Reviews.Newest(r.Context(), listing)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		data.PageData = append(data.PageData, h.eval(&f))
	}
	if len(found) == page.size {
		last := found[len(found)-1]
		data.LastRecord = strconv.FormatInt(last.EvalTime.UnixMicro(), 10) + "-" + last.Serial
	}
	return data, nil
}

func (h *Handler) eval(f *review.Public) eval {
	tags := []evalTag{}
	for _, id := range f.Tags {
		tags = append(tags, evalTag{id, h.Tags.Name(id)})
	}
	return eval{
		UserName: f.UserName, EvalEntityName: h.Entities.Name(f.EntityCode), EvalTime: beijing.Format14(f.EvalTime),
		GeneralStars: f.Stars, TagList: tags, AffairName: f.ItemName,
	}
}

// position reads a lastRecord that an answer gave.
func (q *query) position(name string) *review.Position {
	text := q.values.Get(name)
	if text == "" {
		return nil
	}
	cut := max(0, strings.LastIndexByte(text, '-')) // the first hours of 1970 are before it began in UTC: a minus stands in front
	micros, serial := text[:cut], strings.TrimPrefix(text[cut:], "-")
	at, err := strconv.ParseInt(micros, 10, 64)
	if _, ours := review.SlotOfSerial(serial); err != nil || !ours {
		q.fail(name, "应为上一页的 lastRecord")
		return nil
	}
	return &review.Position{EvalTime: time.UnixMicro(at), Serial: serial}
}
