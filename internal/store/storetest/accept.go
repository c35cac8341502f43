package storetest

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

var acceptTests = []test{
	{"a submission is stored once, whatever comes after it", storedOnce},
	{"a submission that is stored is found by its identity", foundByIdentity},
	{"outcomes come in the order of the batch", outcomesInOrder},
	{"the same submission twice in one batch is stored once", twiceInABatch},
	{"of two reviews of one subject in one batch one is taken", rivalsInABatch},
	{"a batch of known and taken ones stores nothing", nothingNew},
	{"an empty batch stores nothing", emptyBatch},
	{"every column is read back", columns},
	{"every bad review opens one case", cases},
}

func storedOnce(t *testing.T, d *database) {
	d.migrated(t)
	first := d.affair(1)
	for _, step := range []struct {
		name   string
		record review.Record
		want   review.State
	}{
		{"the first", first, review.Stored},
		{"the same again", d.again(first), review.Known},
		{"another of the same affair", d.rival(first), review.Taken},
		{"the same for the third time", d.again(first), review.Known},
	} {
		want := []review.Outcome{{Serial: first.Serial, State: step.want}}
		if diff := cmp.Diff(want, d.accept(t, step.record)); diff != "" {
			t.Errorf("%s: %s", step.name, diff)
		}
	}
	for _, table := range []string{"once", "review", "counter_change"} {
		if got := d.count(t, table); got != 1 {
			t.Errorf("%s has %d rows, want 1", table, got)
		}
	}
	d.agrees(t)
}

func foundByIdentity(t *testing.T, d *database) {
	d.migrated(t)
	first := d.affair(1)
	d.accept(t, first)
	for _, one := range []struct {
		name   string
		record review.Record
		want   string
		of     privacy.Digest
	}{
		{"the same again", d.again(first), first.Serial, first.Identity},
		{"another of the same affair", d.rival(first), first.Serial, first.Identity},
		{"another affair", d.affair(2), "", privacy.Digest{}},
	} {
		if of, got, err := d.Holder(t.Context(), one.record.Slot, one.record.OnceKey); got != one.want || of != one.of || err != nil {
			t.Errorf("%s: got %q of %v, %v; want %q of %v", one.name, got, of, err, one.want, one.of)
		}
	}
}

func outcomesInOrder(t *testing.T, d *database) {
	d.migrated(t)
	known := d.affairs(0, 20)
	d.accept(t, known...)
	var batch []review.Record
	var want []review.Outcome
	for n, r := range known {
		fresh := d.affair(100 + n)
		batch = append(batch, d.again(r), fresh, d.rival(known[19-n]))
		want = append(want, review.Outcome{Serial: r.Serial, State: review.Known},
			review.Outcome{Serial: fresh.Serial, State: review.Stored},
			review.Outcome{Serial: known[19-n].Serial, State: review.Taken})
	}
	if diff := cmp.Diff(want, d.accept(t, batch...)); diff != "" {
		t.Error(diff)
	}
	if got := d.count(t, "review"); got != 40 {
		t.Errorf("%d reviews are stored, want 40", got)
	}
	d.agrees(t)
}

func twiceInABatch(t *testing.T, d *database) {
	d.migrated(t)
	batch := d.affairs(0, 30)
	for n := range 30 {
		batch = append(batch, d.again(batch[n]), d.again(batch[n]))
	}
	shuffle(batch)
	outcomes := d.accept(t, batch...)
	serials, stored := map[string]map[string]bool{}, 0
	for i, r := range batch {
		if serials[r.Subject] == nil {
			serials[r.Subject] = map[string]bool{}
		}
		serials[r.Subject][outcomes[i].Serial] = true
		switch {
		case outcomes[i].State == review.Stored && outcomes[i].Serial == r.Serial:
			stored++
		case outcomes[i].State != review.Known:
			t.Errorf("record %d: got %v", i, outcomes[i])
		}
	}
	for subject, given := range serials {
		if len(given) != 1 {
			t.Errorf("%s got the serial numbers %v, want one for all", subject, given)
		}
	}
	if reviews := d.count(t, "review"); stored != 30 || reviews != 30 {
		t.Errorf("%d are told to be stored and %d are, want 30", stored, reviews)
	}
	d.agrees(t)
}

func rivalsInABatch(t *testing.T, d *database) {
	d.migrated(t)
	batch := d.affairs(0, 30)
	for n := range 30 {
		batch = append(batch, d.rival(batch[n]))
	}
	shuffle(batch)
	outcomes := d.accept(t, batch...)
	holder := map[string]string{}
	for i, r := range batch {
		if outcomes[i].State == review.Stored {
			if holder[r.Subject] != "" {
				t.Errorf("%s was stored twice", r.Subject)
			}
			holder[r.Subject] = r.Serial
		}
	}
	for i, r := range batch {
		if outcomes[i].State != review.Stored && outcomes[i] != (review.Outcome{Serial: holder[r.Subject], State: review.Taken}) {
			t.Errorf("record %d: got %v, want it taken by %s", i, outcomes[i], holder[r.Subject])
		}
	}
	if reviews := d.count(t, "review"); len(holder) != 30 || reviews != 30 {
		t.Errorf("%d are told to be stored and %d are, want 30", len(holder), reviews)
	}
	d.agrees(t)
}

func shuffle(batch []review.Record) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // an order, not a secret
	r.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
}

func nothingNew(t *testing.T, d *database) {
	d.migrated(t)
	stored := []review.Record{d.affair(1, stars(1)), d.affair(2)}
	d.accept(t, stored...)
	tables := []string{"once", "review", "followup", "counter_change", "counter", "region", "department", "item"}
	count := func() map[string]int {
		rows := map[string]int{}
		for _, table := range tables {
			rows[table] = d.count(t, table)
		}
		return rows
	}
	before := count()
	d.accept(t, d.again(stored[0]), d.rival(stored[1], func(r *review.Record) {
		r.RegionCode, r.DepartmentCode, r.ItemCode, r.Stars = "440199", "DEPT-2", "ITEM-2", 1
	}), d.again(stored[1]))
	if diff := cmp.Diff(before, count()); diff != "" {
		t.Error(diff)
	}
}

func emptyBatch(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t)
	if got := d.count(t, "counter_change"); got != 0 {
		t.Errorf("%d changes were stored", got)
	}
}

func columns(t *testing.T, d *database) {
	d.migrated(t)
	company := 1
	full := d.affair(1, func(r *review.Record) {
		r.RegionCode, r.WorkNo, r.UserType = "440106", "W001", &company
		r.Stars, r.AcceptStars, r.DealStars = 3, 4, 3
		r.DealTime = r.EvalTime.Add(-2 * time.Hour)
		r.EvalTime = r.EvalTime.Add(123456 * time.Microsecond)
		r.Flags = review.TimesOutOfOrder
		r.ItemName, r.DepartmentName, r.Subject = "𠮷野家😀设立", "ＡＢＣ１２３", "a-b'c\"d\\e,f"
	})
	bare := d.affair(2, func(r *review.Record) {
		*r = review.Record{
			Facts:  review.Facts{Kind: review.Guide, Stars: 4, EvalTime: now},
			Serial: r.Serial, Slot: r.Slot, Identity: r.Identity, OnceKey: r.OnceKey, Sealed: []byte{0}, Region: county, ReceivedAt: now,
		}
	})
	d.accept(t, full, bare)

	columns := func(r *review.Record) map[string]any {
		return map[string]any{
			"slot": int64(r.Slot), "identity": r.Identity[:], "serial": r.Serial, "kind": string(r.Kind), "app_code": r.AppCode,
			"entity_code": r.EntityCode, "channel": r.Channel, "subject": r.Subject, "item_code": r.ItemCode,
			"item_name": r.ItemName, "department_code": r.DepartmentCode, "department_name": r.DepartmentName,
			"region_sent": r.RegionCode, "region_code": r.Region, "hall_code": r.HallCode, "window_code": r.WindowCode, "state": int64(1),
			"publication": int64(0), "masked": "",
			"filled": int64(0), "own_region": "",
			"work_no": r.WorkNo, "stars": int64(r.Stars),
			"accept_stars": int64(r.AcceptStars), "deal_stars": int64(r.DealStars), "tags": "",
			"user_type": nil, "certificate_type": nil, "day": int64(r.Day), "eval_time": r.EvalTime.UnixMicro(),
			"apply_time": nil, "deal_time": nil, "done_time": nil, "flags": int64(r.Flags), "person_index": r.PersonIndex[:],
			"certificate_index": r.CertificateIndex[:], "sealed": r.Sealed, "received_at": r.ReceivedAt.UnixMicro(),
		}
	}
	wantFull, wantBare := columns(&full), columns(&bare)
	wantFull["tags"], wantFull["user_type"], wantFull["certificate_type"] = "510,513", int64(1), int64(10)
	wantFull["apply_time"], wantFull["deal_time"], wantFull["done_time"] =
		full.ApplyTime.UnixMicro(), full.DealTime.UnixMicro(), full.DoneTime.UnixMicro()
	got := d.rows(t, "SELECT * FROM review ORDER BY serial")
	if diff := cmp.Diff([]map[string]any{wantFull, wantBare}, got); diff != "" {
		t.Errorf("review: %s", diff)
	}
	want := []map[string]any{
		{"slot": int64(full.Slot), "once_key": full.OnceKey[:], "identity": full.Identity[:], "serial": full.Serial},
		{"slot": int64(bare.Slot), "once_key": bare.OnceKey[:], "identity": bare.Identity[:], "serial": bare.Serial},
	}
	if diff := cmp.Diff(want, d.rows(t, "SELECT * FROM once ORDER BY serial")); diff != "" {
		t.Errorf("once: %s", diff)
	}
}

func cases(t *testing.T, d *database) {
	d.migrated(t)
	var batch []review.Record
	var want []map[string]any
	for n := range 10 {
		r := d.affair(n, stars(n%5+1))
		batch = append(batch, r)
		if n%5+1 <= 2 {
			want = append(want, map[string]any{
				"slot": int64(r.Slot), "serial": r.Serial, "state": "pending", "stars": int64(r.Stars), "region_code": county,
				"department_code": department, "opened_at": now.UnixMicro(), "progress": int64(0),
			})
		}
	}
	d.accept(t, batch...)
	for _, r := range batch {
		d.accept(t, d.again(r), d.rival(r, stars(1)))
	}
	if diff := cmp.Diff(want, d.rows(t, "SELECT slot, serial, state, stars, region_code, department_code, opened_at, progress FROM followup ORDER BY serial")); diff != "" {
		t.Error(diff)
	}
}
