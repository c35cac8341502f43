package ebus

import (
	"context"
	"net/http"
	"time"

	completed "github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
)

// maxAffairs is how many affairs one call may send, maxAffairsBody the most bytes of its body.
const (
	maxAffairs     = 500
	maxAffairsBody = 1 << 20
)

// affairsTime is how long affairs wait to be stored: callers give up after ten seconds, and a database that can't be written must
// not keep their places.
const affairsTime = 4 * time.Second

// Affairs takes completed affairs.
type Affairs interface {
	Take(ctx context.Context, batch completed.Batch) ([]completed.Verdict, error)
}

// affairsTaken is the data of a call that was judged.
type affairsTaken struct {
	Accepted int             `json:"accepted"`
	Rejected int             `json:"rejected"`
	Results  []affairVerdict `json:"results"`
}

// affairVerdict is what became of one affair, in the order of the request.
type affairVerdict struct {
	AffairSerialNo string            `json:"affairSerialNo"`
	State          completed.State   `json:"state"`
	Errors         []fault.Violation `json:"errors,omitempty"`
}

// sentAffairs are how affairs are read: as every row from outside.
type sentAffairs struct {
	names   []string
	columns []affairColumn
	reader  *completed.Reader
}

func newSentAffairs() *sentAffairs {
	s := &sentAffairs{}
	for _, f := range completed.Fields() {
		s.names = append(s.names, f.Name)
		s.columns = append(s.columns, affairColumn{f.Name, f.IsNumber()})
	}
	var err error
	if s.reader, err = completed.NewReader(s.names); err != nil {
		panic(err) // our own names are known
	}
	return s
}

// affairs takes completed affairs (2.3, 2.4: 同步已办事项信息), each judged for itself.
func (h *Handler) affairs() route {
	sent := newSentAffairs()
	return route{
		method: http.MethodPost,
		most:   maxAffairsBody,
		gate:   newGate(affairsInside, affairsInside, affairsInside),
		bodies: &room{most: mostBodies},
		handle: func(r *http.Request, app *integrator.App, body []byte) (any, error) {
			if !app.Affairs {
				return nil, fault.NewUntrusted("应用 " + app.Code + " 未获准报送已办事项")
			}
			form, violations := decodeAffairs(body, sent.columns)
			if form.appCode != "" && form.appCode != app.Code {
				return nil, fault.NewUntrusted("请求体的 appCode 不是 x-tif-paasid 所属应用的编码")
			}
			if len(violations) > 0 {
				return nil, fault.NewInvalid(violations...)
			}
			batch := completed.Batch{Source: "app:" + app.Code, Columns: sent.names, Rows: make([]completed.Row, len(form.affairs))}
			for i := range form.affairs {
				batch.Rows[i] = sent.row(&form.affairs[i], app.Code)
			}
			ctx, cancel := context.WithTimeout(r.Context(), affairsTime)
			defer cancel()
			verdicts, err := h.Affairs.Take(ctx, batch)
			if err != nil {
				return nil, err
			}
			return taken(batch.Rows, verdicts), nil
		},
	}
}

// row judges an affair by itself. A field of a wrong type is told once.
func (s *sentAffairs) row(one *sentAffair, appCode string) completed.Row {
	row := completed.Row{Cells: one.cells, Violations: one.faults}
	a, violations := s.reader.Read(one.cells)
	row.Affair = a
	row.AppCode = appCode
	for _, v := range violations {
		if !one.wrong(v.Field) {
			row.Violations = append(row.Violations, v)
		}
	}
	return row
}

func taken(rows []completed.Row, verdicts []completed.Verdict) affairsTaken {
	data := affairsTaken{Results: make([]affairVerdict, len(verdicts))}
	for i, verdict := range verdicts {
		data.Results[i] = affairVerdict{rows[i].SerialNo, verdict.State, verdict.Violations}
		if verdict.State == completed.Rejected {
			data.Rejected++
		} else {
			data.Accepted++
		}
	}
	return data
}
