package integrity

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/fault"
)

// MaxReason is how many characters a reason may have.
const MaxReason = 200

// Judge is a person who decides.
type Judge struct {
	Login, WorkNo string
	Bounds        Bounds
}

// Choice is what a person decides about a finding.
type Choice struct {
	State  State
	Reason string
	// Serials are the reviews that leave the figures, of those that the finding is about; for Confirmed.
	Serials []string
}

// Decide stores what a person decided: an open finding is confirmed or dismissed, one that was decided about may be opened again, and its reviews come
// back. Every decision has a reason. Nobody decides about himself.
func (s *Service) Decide(ctx context.Context, by Judge, id string, version int, c Choice) error {
	stored, reviews, _, err := s.Store.Finding(ctx, id, by.Bounds)
	if err != nil {
		return err
	}
	c.Reason = strings.TrimSpace(c.Reason)
	var violations []fault.Violation
	switch n := utf8.RuneCountInString(c.Reason); {
	case n == 0:
		violations = append(violations, fault.Violation{Field: "reason", Reason: "请填写理由"})
	case n > MaxReason:
		violations = append(violations, fault.Violation{Field: "reason", Reason: "不能超过200个字"})
	case !utf8.ValidString(c.Reason) || strings.ContainsRune(c.Reason, 0):
		violations = append(violations, fault.Violation{Field: "reason", Reason: "含有无法保存的字符"})
	}
	if c.State.Word() == "" {
		violations = append(violations, fault.Violation{Field: "decision", Reason: "请选择认定或排除"})
	}
	if c.State == Confirmed {
		known := map[string]bool{}
		for i := range reviews {
			known[reviews[i].Serial] = true
		}
		c.Serials = slices.DeleteFunc(slices.Clone(c.Serials), func(serial string) bool { return !known[serial] })
		if len(c.Serials) == 0 {
			violations = append(violations, fault.Violation{Field: "serial", Reason: "请至少选择一条不计入统计的评价"})
		}
	} else {
		c.Serials = nil
	}
	if len(violations) > 0 {
		return fault.NewInvalid(violations...)
	}
	if (stored.State == Open) == (c.State == Open) {
		return fault.NewConflict("这条线索现在是“" + stored.State.Word() + "”，不能改为“" + c.State.Word() + "”")
	}
	for i := range reviews {
		if by.WorkNo != "" && reviews[i].WorkNo == by.WorkNo {
			return fault.NewConflict("线索涉及对您本人的评价，请由其他人判断")
		}
	}
	return s.Store.RuleFinding(ctx, Ruling{
		ID: id, Version: version, State: c.State, Serials: c.Serials, Actor: by.Login, Reason: c.Reason, Bounds: by.Bounds,
	})
}

// Findings lists findings; see Store.
func (s *Service) Findings(ctx context.Context, f Filter, p Page) ([]Stored, error) {
	p.Limit = min(p.Limit, MostListed)
	return s.Store.Findings(ctx, f, p)
}

// Count counts findings up to most.
func (s *Service) Count(ctx context.Context, f Filter, most int) (int, error) {
	return s.Store.CountFindings(ctx, f, most)
}

// Finding is one with its reviews and decisions; see Store.
func (s *Service) Finding(ctx context.Context, id string, b Bounds) (Stored, []ConcernedReview, []Decided, error) {
	return s.Store.Finding(ctx, id, b)
}
