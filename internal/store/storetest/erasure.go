package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/erasure"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

var erasureTests = []test{
	{"a person is found by each number and erased, whoever goes on with it; figures and once-only stay", eraseAPerson},
	{"what is too old is erased, what has an open case or is newer is not", eraseByTime},
	{"records that an erasure can't read are counted", unreadRecords},
	{"of two requests each waits for its own confirmation, of what was seen", erasuresApart},
	{"what can't be asked for is told by field, and nothing is kept of it", wrongErasures},
	{"a request that nobody confirms is dropped with its number", expireErasure},
	{"an erasure whose number does not open holds up neither others nor the time limit", unopenedErasure},
	{"an erasure comes to its end where one process of two lacks its key", erasureBesideOneWithoutKey},
	{"an erasure that another process is searching holds up no one behind it, for who lacks its key", erasureBehindOneOfAnother},
}

// forgetful is a town with reviews of two persons and others, and its erasures.
type forgetful struct {
	*database
	keys    *privacy.Keys
	sealer  *privacy.Sealer
	service *review.Service
	months  int
	at      time.Time
}

func newForgetful(t *testing.T, d *database) *forgetful {
	t.Helper()
	d.migrated(t)
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	done(t, err)
	return &forgetful{d, keys, sealer, d.service(t, d.Store, keys), 0, now}
}

func (f *forgetful) erasures(s *store.Store) *erasure.Service {
	return erasure.NewService(s, f.sealer, privacy.NewBlinder(f.keys), func() int { return f.months }, func() time.Time { return f.at })
}

// say submits a review of a person.
func (f *forgetful) say(t *testing.T, n int, personal review.Personal) review.Receipt {
	t.Helper()
	receipt, err := f.service.Submit(t.Context(), submission(n, func(r *review.Review) {
		r.Personal, r.WantsReceipt, r.Origin = personal, true, review.Origin{Device: "device"}
	}))
	done(t, err)
	return receipt
}

// left says whether anything of a person is left in a review.
func (f *forgetful) left(t *testing.T, serial string) bool {
	t.Helper()
	row := f.rows(t, "SELECT sealed, person_index, certificate_index FROM review WHERE serial = $1", serial)[0]
	gone := make([]byte, 16)
	for name, want := range map[string][]byte{"person_index": gone, "certificate_index": gone, "sealed": {}} {
		if is, _ := row[name].([]byte); !bytes.Equal(is, want) {
			return true
		}
	}
	return false
}

const (
	certificate = "44010119900101123X"
	phone       = "13800138000"
)

func eraseAPerson(t *testing.T, d *database) {
	f := newForgetful(t, d)
	first := f.say(t, 1, review.Personal{UserID: "u1", CertificateNo: "44010119900101123x", Remark: "谢谢"}) // 2 stars: a case
	second := f.say(t, 2, review.Personal{UserID: "u2", Remark: "请打我的电话 １３８ ００１３ ８０００"})
	hotline := f.say(t, 3, review.Personal{ContactPhone: phone})
	other := f.say(t, 5, review.Personal{UserID: "u3", CertificateNo: "440101199001011231", ContactPhone: "13900139000"})
	for n := range 600 { // more than a piece of the search
		f.say(t, 100+n, review.Personal{UserID: fmt.Sprint("user-", n)})
	}
	slot, _ := review.SlotOfSerial(first.Serial)
	d.exec(t, `INSERT INTO case_event (slot, serial, version, at, party, actor, name, move, state_from, state_to, claim, reached, assignee, words)
		VALUES ($1, $2, 1, 0, '', '', '', '', '', '', '', 0, '', $3)`, slot, first.Serial, []byte("words about the person"))
	d.exec(t, "INSERT INTO case_file (slot, serial, id, kind, size, at, actor, name, content) VALUES ($1, $2, 'f', '', 1, 0, '', $3, $3)", slot, first.Serial, []byte("evidence"))
	affairs := affair.NewService(d.Store, &review.Placement{Registry: d.registry, Root: "440000000000"}, f.sealer, privacy.NewBlinder(f.keys), clock)
	if _, err := affairs.Take(t.Context(), affair.Batch{Source: "front", Rows: []affair.Row{
		{Affair: affair.Affair{SerialNo: "done-1", ItemCode: itemCode, DepartmentCode: department, DoneTime: now, Personal: affair.Personal{CertificateNo: certificate, UserName: "张三"}}},
		{Affair: affair.Affair{SerialNo: "done-2", ItemCode: itemCode, DepartmentCode: department, DoneTime: now, Personal: affair.Personal{CertificateNo: "440101199001011231"}}},
	}}); err != nil {
		t.Fatal(err)
	}
	d.foldAll(t)
	before := d.rows(t, "SELECT dimension, period, code, n1, n2, n3, n4, n5 FROM counter ORDER BY 1, 2, 3, 4, 5, 6, 7, 8")

	service, other2 := f.erasures(d.Store), d
	process, _ := d.process(t)
	second2 := f.erasures(process)
	for _, want := range []struct {
		kind             erasure.Kind
		number           string
		reviews, affairs int
		cases            int
		gone             []string
	}{
		{erasure.Certificate, " 440101 19900101 123x", 1, 1, 1, []string{first.Serial}},
		{erasure.Phone, "\ufeff１３８－００１３　8000\r\n", 2, 0, 0, []string{second.Serial, hotline.Serial}},
	} {
		id, err := service.Ask(t.Context(), "sheng", want.kind, want.number, "本人申请第1号")
		done(t, err)
		steps := []*erasure.Service{service, second2}
		step := func() {
			t.Helper()
			for i := range 100 { // two processes take turns
				going, err := steps[i%2].Step(t.Context())
				done(t, err)
				if !going {
					return
				}
			}
			t.Fatal("it does not come to an end")
		}
		step()
		r, err := service.Get(t.Context(), id)
		done(t, err)
		if !r.Ready() || r.Reviews != want.reviews || r.Affairs != want.affairs || r.Cases != want.cases {
			t.Fatalf("found %+v, want %d reviews, %d affairs, %d cases", r, want.reviews, want.affairs, want.cases)
		}
		for _, serial := range want.gone {
			if !f.left(t, serial) {
				t.Errorf("%s was erased before it was confirmed", serial)
			}
		}
		done(t, service.Confirm(audit.With(t.Context(), audit.Origin{Actor: "sheng"}), id, r.Version))
		conflict(t, service.Confirm(t.Context(), id, r.Version), "变化")
		step()
		if r, err = service.Get(t.Context(), id); err != nil || r.State != erasure.Done || len(r.Wanted) != 0 {
			t.Errorf("it ends as %+v, %v", r, err)
		}
		for _, serial := range want.gone {
			if f.left(t, serial) {
				t.Errorf("%s is not erased", serial)
			}
		}
	}
	if !f.left(t, other.Serial) || other2.count(t, "erasure_found") != 0 {
		t.Error("somebody else was erased, or what was found is kept")
	}
	for table, want := range map[string]int{
		"case_event WHERE length(words) > 0": 0, "case_file WHERE length(content) > 0 OR length(name) > 0": 0, "case_file": 1,
		"affair WHERE certificate_index IS NOT NULL": 1, "affair": 2, "receipt": 601, "review_origin": 601, "review": 604, "once": 604,
		"audit WHERE action = 'erasure.done'": 2, "audit WHERE action = 'erasure.confirm' AND actor = 'sheng'": 2,
	} {
		if got := d.count(t, table); got != want {
			t.Errorf("%s: %d, want %d", table, got, want)
		}
	}
	d.agrees(t)
	if after := d.rows(t, "SELECT dimension, period, code, n1, n2, n3, n4, n5 FROM counter ORDER BY 1, 2, 3, 4, 5, 6, 7, 8"); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("the figures changed")
	}
	again := f.say(t, 1, review.Personal{UserID: "u1", CertificateNo: "44010119900101123x", Remark: "谢谢"})
	if !again.Known || again.Serial != first.Serial {
		t.Errorf("the same said again is %+v, want the first one known", again)
	}
	personal, err := review.Unseal(f.sealer, nil, first.Serial)
	if err != nil || personal != (review.Personal{}) {
		t.Errorf("an erased review opens as %+v, %v", personal, err)
	}
}

func eraseByTime(t *testing.T, d *database) {
	f := newForgetful(t, d)
	open := f.say(t, 1, review.Personal{UserID: "u1"})
	closed := f.say(t, 6, review.Personal{UserID: "u2"})
	good := f.say(t, 3, review.Personal{UserID: "u3"})
	d.exec(t, "UPDATE followup SET ended = 1 WHERE serial = $1", closed.Serial)
	for n := range 150 { // more than a piece
		f.say(t, 1003+5*n, review.Personal{UserID: fmt.Sprint("user-", n)})
	}
	service := f.erasures(d.Store)
	at := now
	steps := func(months int, later time.Duration) {
		t.Helper()
		f.months, f.at = months, at.AddDate(0, months, 0).Add(later)
		s, _ := d.processAt(t, func() time.Time { return f.at })
		service = f.erasures(s)
		for range 100 {
			going, err := service.Step(t.Context())
			done(t, err)
			if !going {
				return
			}
		}
		t.Fatal("it does not come to an end")
	}
	steps(0, time.Hour)
	steps(6, -time.Hour)
	if !f.left(t, good.Serial) {
		t.Fatal("what is not too old yet was erased")
	}
	steps(6, 25*time.Hour)
	if f.left(t, good.Serial) || f.left(t, closed.Serial) || !f.left(t, open.Serial) {
		t.Errorf("erased: good %v, with a closed case %v, with an open one %v", !f.left(t, good.Serial), !f.left(t, closed.Serial), !f.left(t, open.Serial))
	}
	if n := d.count(t, "review WHERE length(sealed) > 0"); n != 1 {
		t.Errorf("%d reviews are left as they were, want the one with an open case", n)
	}
	d.exec(t, "UPDATE followup SET ended = 1")
	steps(6, 26*time.Hour)
	if !f.left(t, open.Serial) {
		t.Error("all records were looked through again within the day")
	}
	steps(6, 50*time.Hour)
	if f.left(t, open.Serial) {
		t.Error("a case ended, and what was told stays")
	}
	d.agrees(t)
	if n := d.count(t, "audit WHERE action = 'erasure.old'"); n != 2 {
		t.Errorf("%d entries in the audit log, want one for each time that something was erased", n)
	}
}

func wrongErasures(t *testing.T, d *database) {
	service := newForgetful(t, d).erasures(d.Store)
	const reason = "本人申请第1号"
	for _, tt := range []struct {
		kind           erasure.Kind
		number, reason string
		want           []string
	}{
		{"", phone, reason, []string{"kind"}},
		{erasure.Phone, "12345", reason, []string{"number"}},
		{erasure.Phone, strings.Repeat("1", 33), reason, []string{"number"}},
		{erasure.Phone, "1380013800元", reason, []string{"number"}},
		{erasure.Certificate, "H1234567", "本人申请，h1234567", []string{"reason"}},
		{erasure.Phone, phone, "申请第1", []string{"reason"}},
		{erasure.Phone, phone, strings.Repeat("申", 201), []string{"reason"}},
		{erasure.Phone, phone, "本人13900139000申请", []string{"reason"}},
		{"", "", "", []string{"kind", "number", "reason"}},
	} {
		_, err := service.Ask(t.Context(), "sheng", tt.kind, tt.number, tt.reason)
		var wrong *fault.Error
		var fields []string
		if errors.As(err, &wrong) {
			for _, v := range wrong.Violations {
				fields = append(fields, v.Field)
			}
		}
		if !slices.Equal(fields, tt.want) {
			t.Errorf("%s, %s, %s: got %v, want faults of %v", tt.kind, tt.number, tt.reason, err, tt.want)
		}
	}
	for _, number := range []string{"123456", strings.Repeat("1", 32), "H12345(6)"} {
		if _, err := service.Ask(t.Context(), "sheng", erasure.Certificate, number, "申请第1号"); err != nil {
			t.Errorf("%s: %v", number, err)
		}
	}
	if n := d.count(t, "erasure"); n != 3 {
		t.Errorf("%d requests are kept, want the 3 that can be asked for", n)
	}
}

func erasuresApart(t *testing.T, d *database) {
	f := newForgetful(t, d)
	first, second := f.say(t, 3, review.Personal{UserID: "u1", ContactPhone: phone}), f.say(t, 5, review.Personal{UserID: "u2", ContactPhone: "13900139000"})
	for n := range 150 { // more of the second person than a piece
		f.say(t, 1003+5*n, review.Personal{UserID: "u2", ContactPhone: "13900139000"})
	}
	affairs := affair.NewService(d.Store, &review.Placement{Registry: d.registry, Root: "440000000000"}, f.sealer, privacy.NewBlinder(f.keys), clock)
	row := func(serialNo, number string) affair.Row {
		return affair.Row{Affair: affair.Affair{SerialNo: serialNo}, Cells: []string{number}, Violations: []fault.Violation{{Field: "x", Reason: "y"}}}
	}
	_, err := affairs.Take(t.Context(), affair.Batch{Source: "front", Columns: []string{"电话"}, Rows: []affair.Row{row("r1", phone), row("r2", "13900139000")}})
	done(t, err)
	service := f.erasures(d.Store)
	ids := make([]string, 2)
	for i, number := range []string{phone, "13900139000"} {
		var err error
		ids[i], err = service.Ask(t.Context(), "sheng", erasure.Phone, number, "本人申请第1号")
		done(t, err)
	}
	works := func() (both [2]erasure.Request) {
		t.Helper()
		for going := true; going; {
			var err error
			going, err = service.Step(t.Context())
			done(t, err)
		}
		for i, id := range ids {
			var err error
			both[i], err = service.Get(t.Context(), id)
			done(t, err)
		}
		return both
	}
	both := works()
	conflict(t, service.Confirm(t.Context(), ids[0], both[0].Version-1), "变化")
	done(t, service.Confirm(t.Context(), ids[0], both[0].Version))
	if both = works(); both[0].State != erasure.Done || !both[1].Ready() || len(both[1].Wanted) == 0 {
		t.Errorf("they are %+v, want the first one done and the second one waiting", both)
	}
	if f.left(t, first.Serial) || !f.left(t, second.Serial) || d.count(t, "affair_rejected WHERE serial_no = 'r2'") != 1 || d.count(t, "affair_rejected") != 1 {
		t.Error("who was confirmed is not erased, or who was not is")
	}
	done(t, service.Confirm(t.Context(), ids[1], both[1].Version))
	if works(); f.left(t, second.Serial) || d.count(t, "review WHERE length(sealed) > 0") != 0 {
		t.Error("the second one is not erased, or not wholly")
	}
}

func expireErasure(t *testing.T, d *database) {
	f := newForgetful(t, d)
	service := f.erasures(d.Store)
	id, err := service.Ask(t.Context(), "sheng", erasure.Phone, phone, "本人申请第1号")
	done(t, err)
	for range 10 {
		_, err := service.Step(t.Context())
		done(t, err)
	}
	f.at = now.Add(erasure.Unconfirmed + time.Minute)
	_, err = service.Step(t.Context())
	done(t, err)
	if r, err := service.Get(t.Context(), id); err != nil || r.State != erasure.Dropped || len(r.Wanted) != 0 {
		t.Errorf("it is %+v, %v", r, err)
	}
}
