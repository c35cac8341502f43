package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

func caseAppeal(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	right, wrong := d.affair(1, rated), d.affair(2, stars(2))
	d.accept(t, right, wrong, d.affair(3))
	for _, r := range []review.Record{right, wrong} {
		o.act(t, &handler, r.Serial, followup.Step{Move: followup.AppealMove, Words: "评的不是本窗口", Claim: followup.Mistaken, Evidence: []followup.File{evidence()}})
	}
	if got := d.total(t, everywhere("")); got != 3 {
		t.Errorf("appealed: %d reviews are counted, want 3", got)
	}
	decide := func(by *followup.Actor, serial string, move followup.Move) error {
		_, err := o.Act(t.Context(), *by, serial, 1, followup.Step{Move: move, Words: "经核对监控"})
		return err
	}
	if err := decide(&handler, right.Serial, followup.Accept); fault.KindOf(err) != fault.Conflict {
		t.Errorf("the unit decides its own appeal: %v", err)
	}
	if err := decide(&elsewhere, right.Serial, followup.Accept); fault.KindOf(err) != fault.Missing {
		t.Errorf("a stranger decides: %v", err)
	}
	if err := decide(&countyAdmin, right.Serial, followup.Accept); err != nil {
		t.Fatal(err)
	}
	if err := decide(&cityAdmin, wrong.Serial, followup.Refuse); err != nil {
		t.Fatal(err)
	}
	if got := d.total(t, everywhere("")); got != 2 {
		t.Errorf("%d reviews are counted, want 2", got)
	}
	if got := d.cases(t, lately); got != (figures.Cases{Opened: 1}) {
		t.Errorf("got %+v, want the other case", got)
	}
	d.agrees(t)
	d.foldAll(t)
	d.agrees(t)
	kept := []map[string]any{{"serial": right.Serial, "why": "申诉成立：误评"}}
	if diff := cmp.Diff(kept, d.rows(t, "SELECT serial, why FROM withdrawal")); diff != "" {
		t.Error(diff)
	}
	dismissed, refused := o.find(t, right.Serial), o.find(t, wrong.Serial)
	if dismissed.State != followup.Dismissed || refused.State != followup.Pending || refused.Appeals != 1 {
		t.Errorf("got %s and %s", dismissed.State, refused.State)
	}
	story, _, err := o.Story(t.Context(), right.Serial)
	if err != nil || story.Claim != followup.Mistaken || story.State != followup.Dismissed || story.MayReopen || story.MayAnswer {
		t.Errorf("the reviewer is told %+v, %v", story, err)
	}
	for _, move := range []followup.Move{followup.AppealMove, followup.Accept} {
		step := followup.Step{Move: move, Words: "再申诉", Claim: followup.Mistaken, Evidence: []followup.File{evidence()}}
		if move == followup.Accept {
			step.Claim, step.Evidence = "", nil
		}
		if _, err := o.Act(t.Context(), countyAdmin, wrong.Serial, followup.AnyVersion, step); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s after it was decided: %v", move, err)
		}
	}
	o.act(t, &handler, wrong.Serial, followup.Step{Move: followup.Explain, Words: "属于政策问题"})
	d.wantNews(t, "appealed", "appealed", "decided", "decided")
}

func caseSealed(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	r := d.affair(1, stars(1))
	d.accept(t, r)
	o.act(t, &handler, r.Serial, followup.Step{Move: followup.Contact, Words: "张三称电话13812345678打不通"})
	o.act(t, &handler, r.Serial, followup.Step{
		Move: followup.AppealMove, Words: "张三恶意投诉", Claim: followup.Malicious, Evidence: []followup.File{evidence(), evidence()},
	})
	for _, table := range []string{"case_event", "case_file", "job", "audit", "followup"} {
		text := fmt.Sprintf("%s", d.rows(t, "SELECT * FROM "+table))
		for _, secret := range []string{"张三", "13812345678", "录音文字"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %s", table, secret)
			}
		}
	}
	d.exec(t, "INSERT INTO case_file (slot, serial, id, kind, size, at, actor, name, content) VALUES ($1, 'another case', 'f', '', 1, 0, '', $2, $2)", r.Slot, []byte("x"))
	detail, err := o.Detail(t.Context(), countyAdmin, r.Serial)
	if err != nil || len(detail.Files) != 2 || detail.Events[0].Words != "张三称电话13812345678打不通" {
		t.Fatalf("got %+v, %v", detail, err)
	}
	file := detail.Files[0]
	want := followup.Attachment{ID: file.ID, Name: "录音文字.pdf", Kind: followup.PDF, Size: len(evidence().Content), At: now, Actor: "li"}
	if diff := cmp.Diff(want, file); diff != "" {
		t.Error(diff)
	}
	got, err := o.Evidence(t.Context(), countyAdmin, r.Serial, file.ID)
	if err != nil || !bytes.Equal(got.Content, evidence().Content) || got.Kind != followup.PDF || got.Name != "录音文字.pdf" {
		t.Errorf("got %v, %v", got, err)
	}
	for _, tt := range []struct {
		by         followup.Actor
		serial, id string
	}{{elsewhere, r.Serial, file.ID}, {countyAdmin, r.Serial, "x"}, {countyAdmin, d.serials.Next(3), file.ID}} {
		if _, err := o.Evidence(t.Context(), tt.by, tt.serial, tt.id); fault.KindOf(err) != fault.Missing {
			t.Errorf("%s, %s, %s: got %v, want it to be missing", tt.by.Login, tt.serial, tt.id, err)
		}
	}
	// A name that does not open keeps nobody from the file itself.
	d.exec(t, "UPDATE case_file SET name = content WHERE id = $1", detail.Files[1].ID)
	if got, err := o.Evidence(t.Context(), countyAdmin, r.Serial, detail.Files[1].ID); err != nil || got.Name != "附件.pdf" || !bytes.Equal(got.Content, evidence().Content) {
		t.Errorf("without its name: got %q, %v", got.Name, err)
	}
	// Moved to another case nothing opens, and people are told so in words.
	other := d.affair(2, stars(1))
	d.accept(t, other)
	d.exec(t, "UPDATE case_file SET slot = $1, serial = $2", other.Slot, other.Serial)
	if _, err := o.Evidence(t.Context(), countyAdmin, other.Serial, file.ID); !errors.Is(err, privacy.ErrForged) || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v, want words, and for the log that it was moved", err)
	}
}
