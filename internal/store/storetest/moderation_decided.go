package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/review"
)

func decideOnce(t *testing.T, d *database) {
	m := d.migrated(t).moderated(t, moderation.Before)
	const remark = "他们受贿，电话13800138000"
	serial := m.say(t, 1, remark)
	ctx := audit.With(t.Context(), audit.Origin{Actor: "li", Request: "r1"})
	by := moderation.Actor{Login: "li"}
	before, err := d.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	item, decided, err := m.Item(ctx, serial, by.Bounds)
	if err != nil || len(decided) != 0 || item.Remark != remark || item.Publication.Spans.String() != "2-4,7-18" {
		t.Fatalf("got %+v, %v, %v", item, decided, err)
	}
	for n, step := range []struct {
		choice moderation.Choice
		reason string
		shown  string
	}{
		{moderation.Choice{State: moderation.Masked, Spans: item.Publication.Spans}, "", "他们**，电话***********"},
		{moderation.Choice{State: moderation.Withheld}, "正在调查", ""},
		{moderation.Choice{State: moderation.Masked, Phrases: []string{"13800138000"}}, "", "他们受贿，电话***********"},
	} {
		if err := m.Decide(ctx, by, serial, n, step.choice, step.reason); err != nil {
			t.Fatal(err)
		}
		if got := m.shown(t)[serial]; got != step.shown {
			t.Errorf("step %d: shown is %q, want %q", n, got, step.shown)
		}
	}
	_, decided, err = m.Item(ctx, serial, by.Bounds)
	if err != nil || len(decided) != 3 || decided[1].Reason != "正在调查" || decided[1].Actor != "li" || decided[2].Version != 3 || !decided[2].At.Equal(now) {
		t.Errorf("got %+v, %v", decided, err)
	}
	if after, err := d.Version(t.Context()); after == before || err != nil {
		t.Error("the board is not told")
	}
	want := []map[string]any{
		{"actor": "li", "action": "moderation.decide", "object": "review:" + serial, "before": "待审核 2-4,7-18", "after": "已遮盖公开 2-4,7-18", "reason": ""},
		{"actor": "li", "action": "moderation.decide", "object": "review:" + serial, "before": "已遮盖公开 2-4,7-18", "after": "不公开", "reason": "正在调查"},
		{"actor": "li", "action": "moderation.decide", "object": "review:" + serial, "before": "不公开", "after": "已遮盖公开 7-18", "reason": ""},
	}
	if diff := cmp.Diff(want, d.rows(t, "SELECT actor, action, object, before, after, reason FROM audit ORDER BY number")); diff != "" {
		t.Error(diff)
	}
	m.checkAll(t) // what a person decided stays
	if got := m.shown(t)[serial]; got != "他们受贿，电话***********" {
		t.Errorf("shown is %s", got)
	}
}

func decideAtOnce(t *testing.T, d *database) {
	m := d.migrated(t).moderated(t, moderation.Before)
	serial := m.say(t, 1, "他们受贿")
	const persons = 8
	errs := make([]error, persons)
	atOnce(persons, func(i int) {
		errs[i] = m.Decide(t.Context(), moderation.Actor{Login: fmt.Sprintf("p%d", i)}, serial, 0, moderation.Choice{State: moderation.Withheld}, "正在调查")
	})
	_, decided, err := m.Item(t.Context(), serial, moderation.Bounds{})
	if err != nil || len(decided) != 1 {
		t.Fatalf("got %+v, %v; want one decision", decided, err)
	}
	for i, err := range errs {
		var told *fault.Error
		won := decided[0].Actor == fmt.Sprintf("p%d", i)
		want := decided[0].Actor + " 已于2026年6月15日 10:00决定：不公开。您的决定没有保存，请看过现在的情况再决定是否更改"
		if won && err != nil || !won && (!errors.As(err, &told) || told.Kind != fault.Conflict || told.Message != want) {
			t.Errorf("p%d (won: %v): got %v", i, won, err)
		}
	}
}

func decideOutside(t *testing.T, d *database) {
	m := d.migrated(t).moderated(t, moderation.Before)
	serial := m.say(t, 1, "他们受贿", func(r *review.Review) { r.RegionCode, r.HallCode, r.DepartmentCode = county, "H1", department })
	region := d.rows(t, "SELECT region_code FROM review")[0]["region_code"].(string)
	for name, c := range map[string]struct {
		bounds moderation.Bounds
		within bool
	}{
		"everywhere":       {moderation.Bounds{}, true},
		"the region":       {moderation.Bounds{RegionFrom: region, RegionTo: region + "~"}, true},
		"another region":   {moderation.Bounds{RegionFrom: "450000000000", RegionTo: "46"}, false},
		"the department":   {moderation.Bounds{Department: department}, true},
		"another":          {moderation.Bounds{Department: "D9"}, false},
		"the hall":         {moderation.Bounds{Hall: "H1"}, true},
		"another hall":     {moderation.Bounds{Hall: "H2"}, false},
		"hall and another": {moderation.Bounds{Hall: "H1", Department: "D9"}, false},
	} {
		items, err := m.Waiting(t.Context(), moderation.Filter{Bounds: c.bounds}, moderation.Page{Limit: 10})
		if err != nil || (len(items) == 1) != c.within {
			t.Errorf("%s: got %v, %v", name, items, err)
		}
		if _, _, err := m.Item(t.Context(), serial, c.bounds); (err == nil) != c.within || err != nil && fault.KindOf(err) != fault.Missing {
			t.Errorf("%s: got %v", name, err)
		}
		if c.within {
			continue
		}
		err = m.Decide(t.Context(), moderation.Actor{Login: "li", Bounds: c.bounds}, serial, 0, moderation.Choice{State: moderation.Withheld}, "正在调查")
		ruled := d.Rule(t.Context(), moderation.Ruling{Serial: serial, Publication: moderation.Publication{State: moderation.Published}, Actor: "li", Bounds: c.bounds})
		if fault.KindOf(err) != fault.Missing || fault.KindOf(ruled) != fault.Missing {
			t.Errorf("%s: got %v, %v", name, err, ruled)
		}
	}
	for _, serial := range []string{"", "x", d.serials.Next(3)} {
		if _, _, err := m.Item(t.Context(), serial, moderation.Bounds{}); fault.KindOf(err) != fault.Missing {
			t.Errorf("%q: got %v", serial, err)
		}
	}
	if got := d.count(t, "moderation_decision"); got != 0 {
		t.Errorf("%d decisions are stored", got)
	}
}

func decideWrongly(t *testing.T, d *database) {
	m := d.migrated(t).moderated(t, moderation.Before)
	serial := m.say(t, 1, "他们受贿，电话13800138000")
	for name, c := range map[string]struct {
		choice moderation.Choice
		reason string
		fields string
	}{
		"nothing":        {moderation.Choice{}, "", "decision"},
		"waiting":        {moderation.Choice{State: moderation.Waiting}, "", "decision"},
		"no reason":      {moderation.Choice{State: moderation.Withheld}, " ", "reason"},
		"long":           {moderation.Choice{State: moderation.Withheld}, strings.Repeat("长", 201), "reason"},
		"with a number":  {moderation.Choice{State: moderation.Withheld}, "已联系13800138000", "reason"},
		"number in it":   {moderation.Choice{State: moderation.Published}, "", "decision reason"},
		"number in part": {moderation.Choice{State: moderation.Masked, Spans: moderation.Spans{{From: 2, To: 4}}}, "", "spans"},
		"no spans":       {moderation.Choice{State: moderation.Masked}, "", "spans"},
		"too far":        {moderation.Choice{State: moderation.Masked, Spans: moderation.Spans{{From: 7, To: 99}}}, "", "spans"},
		"not in it":      {moderation.Choice{State: moderation.Masked, Phrases: []string{"李四"}}, "", "phrases"},
		"too many":       {moderation.Choice{State: moderation.Masked, Phrases: make([]string, 21)}, "", "phrases"},
	} {
		err := m.Decide(t.Context(), moderation.Actor{Login: "li"}, serial, 0, c.choice, c.reason)
		var told *fault.Error
		var fields []string
		if errors.As(err, &told) {
			for _, v := range told.Violations {
				fields = append(fields, v.Field)
			}
		}
		if got := strings.Join(fields, " "); got != c.fields {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, c.fields)
		}
	}
	if got := d.count(t, "moderation_decision"); got != 0 {
		t.Errorf("%d decisions are stored", got)
	}
}
