package affair

import (
	"context"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/fault"
)

// round reads page after page until nothing is left, and now and then what is recent once more.
func (p *Puller) round(ctx context.Context) error {
	begun := p.now()
	// Where we are stands in the database alone: another process may have gone on meanwhile.
	at, known, err := p.taker.Cursor(ctx, p.source.Name)
	if err != nil {
		return fmt.Errorf("本库：%w", err)
	}
	after := &at
	if !known {
		after = nil
	}
	for more := true; more; {
		page, err := p.source.Front.Page(ctx, after, p.source.PageRows)
		if err != nil {
			return err
		}
		if len(page.Rows) > 0 {
			last := page.Where[len(page.Where)-1]
			if err := p.takePage(ctx, page, &last); err != nil {
				return err
			}
			after = &last
		}
		if more = page.More; more {
			p.change(func(s *SourceState) { s.Reached = page.Reached })
		}
	}
	p.change(func(s *SourceState) { s.Reached, s.PulledAt = begun, begun })
	if p.source.LookBack > 0 && begun.Sub(p.sweptAt) >= p.source.LookBack {
		if err := p.sweep(ctx); err != nil {
			return err
		}
		p.sweptAt = begun
	}
	return nil
}

// sweep reads recent rows once more, for those that a long transaction committed after we had passed. It moves no cursor.
func (p *Puller) sweep(ctx context.Context) error {
	var after *Cursor
	for {
		page, err := p.source.Front.Recent(ctx, 2*p.source.LookBack, after, p.source.PageRows)
		if err != nil {
			return err
		}
		if len(page.Rows) > 0 {
			if err := p.takePage(ctx, page, nil); err != nil {
				return err
			}
			after = &page.Where[len(page.Where)-1]
		}
		if !page.More {
			return nil
		}
	}
}

// takePage takes a page in, with the cursor behind its last row.
func (p *Puller) takePage(ctx context.Context, page Page, cursor *Cursor) error {
	reader, err := NewReader(page.Columns)
	if err != nil {
		return err
	}
	rows := make([]Row, len(page.Rows))
	for i, cells := range page.Rows {
		read, violations := reader.Read(cells)
		rows[i] = Row{Affair: read, Violations: violations, Cells: cells, Where: page.Where[i].Key}
	}
	return p.take(ctx, page.Columns, rows, cursor)
}

// take takes rows in one transaction with the cursor. Where the database refuses a row that we thought right, the row is
// found by halving, and rejected: one bad row must not stop the others.
func (p *Puller) take(ctx context.Context, columns []string, rows []Row, cursor *Cursor) error {
	verdicts, err := p.taker.Take(ctx, Batch{Source: p.source.Name, Columns: columns, Rows: rows, Cursor: cursor})
	if err == nil {
		p.count(verdicts)
		return nil
	}
	if ctx.Err() != nil || fault.KindOf(err) == fault.Unavailable || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("本库：%w", err)
	}
	if half := len(rows) / 2; half > 0 {
		if err := p.take(ctx, columns, rows[:half], nil); err != nil {
			return err
		}
		return p.take(ctx, columns, rows[half:], cursor)
	}
	if len(rows[0].Violations) > 0 {
		return fmt.Errorf("本库：%w", err)
	}
	p.log.Warn("row is refused by the database", "key", rows[0].Where, "error", err)
	rows[0].Violations = []fault.Violation{{Field: "affairSerialNo", Reason: "数据库拒绝保存这一行"}}
	return p.take(ctx, columns, rows, cursor)
}

func (p *Puller) count(verdicts []Verdict) {
	p.change(func(s *SourceState) {
		for _, v := range verdicts {
			switch v.State {
			case New:
				s.New++
			case Changed:
				s.Changed++
			case Same:
				s.Same++
			case Rejected:
				s.Rejected++
			}
		}
	})
}
