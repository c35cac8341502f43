package sample_test

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/sample"
)

var testTime = time.Date(2026, 6, 15, 9, 30, 0, 0, time.UTC)

// each calls see with the first n reviews of a generator, as n different people send them.
func each(g *sample.Generator, n int, see func(kind, path string, message any)) {
	for i := range n {
		see(g.At(uint64(i), testTime))
	}
}

func TestSameSeedSameReviews(t *testing.T) {
	a, b := sample.New(7, sample.Options{AppCode: "app1"}), sample.New(7, sample.Options{AppCode: "app1"})
	other := sample.New(8, sample.Options{AppCode: "app1"})
	for i := range uint64(200) {
		kind, path, message := a.Next(testTime)
		againKind, againPath, again := b.At(i, testTime)
		if kind != againKind || path != againPath || !cmp.Equal(message, again) {
			t.Fatalf("review %d: (-Next +At)\n%s", i, cmp.Diff(message, again))
		}
		if _, _, different := other.At(i, testTime); cmp.Equal(message, different) {
			t.Fatalf("review %d is the same with another seed", i)
		}
	}
}

// Contract 6: an affair, a guide by one person a day, a work order are reviewed once.
func TestEveryReviewIsUnique(t *testing.T) {
	seen := map[string]bool{}
	once := func(keys ...string) {
		for _, key := range keys {
			if seen[key] {
				t.Fatalf("%s comes twice", key)
			}
			seen[key] = true
		}
	}
	for _, seed := range []uint64{0, 1, 2, 1 << 40, 12345, math.MaxUint64} {
		each(sample.New(seed, sample.Options{}), 2000, func(_, _ string, message any) {
			switch m := message.(type) {
			case client.AffairEval:
				once("person "+m.User.UserID, "affair "+m.Affair.AffairSerialNo)
			case client.GuideEval:
				once("person " + m.User.UserID)
			case client.HotlineEval:
				once("work order " + m.WorkOrderID)
			}
		})
	}
}

func TestMixAndStars(t *testing.T) {
	const n = 20_000
	kinds, entities, bad := map[string]int{}, map[string]int{}, 0
	each(sample.New(1, sample.Options{BadShare: 0.1}), n, func(kind, path string, message any) {
		kinds[kind]++
		star := 0
		switch m := message.(type) {
		case client.AffairEval:
			entities[m.EvalEntityCode]++
			star = m.GeneralStars
			if path != client.PathAffair || kind != sample.KindAffair {
				t.Fatalf("got an affair as %s at %s", kind, path)
			}
		case client.GuideEval:
			star = m.GeneralStars
			if path != client.PathGuide || kind != sample.KindGuide {
				t.Fatalf("got a guide as %s at %s", kind, path)
			}
		case client.HotlineEval:
			star = min(m.Accept.GeneralStars, m.Deal.GeneralStars)
			if path != client.PathHotline || kind != sample.KindHotline {
				t.Fatalf("got a hotline call as %s at %s", kind, path)
			}
		}
		if star <= 2 {
			bad++
		}
	})
	about := func(name string, got int, share float64) {
		if math.Abs(float64(got)/n-share) > 0.02 {
			t.Errorf("%s: got %d of %d, want about %.0f %%", name, got, n, 100*share)
		}
	}
	about("affairs", kinds[sample.KindAffair], 0.75)
	about("guides", kinds[sample.KindGuide], 0.15)
	about("hotline", kinds[sample.KindHotline], 0.10)
	about("粤省事", entities[client.YssAffair], 0.30)
	about("bad", bad, 0.10)
}

func TestBadShare(t *testing.T) {
	for _, tt := range []struct {
		share       float64
		least, most int
	}{{0, 50, 160}, {-1, 0, 0}, {1, 20_000, 20_000}} {
		g, bad := sample.New(3, sample.Options{BadShare: tt.share}), 0
		for range 20_000 {
			if g.Guide(testTime).GeneralStars <= 2 {
				bad++
			}
		}
		if bad < tt.least || bad > tt.most {
			t.Errorf("bad share %v: got %d of 20000, want %d to %d", tt.share, bad, tt.least, tt.most)
		}
	}
}

// limits are the lengths of the specification's tables 3.4.2.4, 3.4.3.4 and 3.4.4.4, by field name.
var limits = map[string]int{
	"appCode": 10, "evalEntityCode": 14, "evalTime": 14, "departmentCode": 32, "departmentName": 100,
	"affairSerialNo": 50, "affairCode": 32, "affairName": 100, "affairDealOfficer": 50, "affairApplyTime": 14, "affairDoneTime": 14,
	"userId": 32, "userName": 50, "contactPhone": 50, "passportName": 30, "certificateNo": 50, "tagId": 32, "remark": 100,
	"workOrderId": 32, "workNo": 32, "regionCode": 32, "operaterName": 50, "acceptTime": 14, "dealTime": 14, "doneTime": 14,
}

func TestFieldsKeepToTheSpecification(t *testing.T) {
	var check func(name string, value any)
	check = func(name string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for key, inner := range v {
				check(key, inner)
			}
		case []any:
			for _, inner := range v {
				check(name, inner)
			}
		case string:
			if n := utf8.RuneCountInString(v); n == 0 || n > limits[name] {
				t.Fatalf("%s %q: got %d characters, want 1 to %d", name, v, n, limits[name])
			}
		case float64:
		default:
			t.Fatalf("%s: got %v", name, value)
		}
	}
	each(sample.New(math.MaxUint64, sample.Options{AppCode: "app1", BadShare: 0.5}), 3000, func(_, _ string, message any) {
		body, err := json.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(body, &m); err != nil {
			t.Fatal(err)
		}
		check("", m)
	})
}

var (
	phone    = regexp.MustCompile(`^1[3-9]\d{9}$`)
	identity = regexp.MustCompile(`^44\d{2}00(19|20)\d{9}[0-9X]$`)
)

func TestPeopleAndTimes(t *testing.T) {
	user := func(u client.User) {
		if !phone.MatchString(u.ContactPhone) || !identity.MatchString(u.CertificateNo) {
			t.Fatalf("got user %+v", u)
		}
	}
	inOrder := func(times ...string) {
		if !slices.IsSorted(times) {
			t.Fatalf("got times %v out of order", times)
		}
	}
	chosen := func(list client.TagList, star int) {
		seen := map[string]bool{}
		for _, tag := range list {
			// The national set, domain.md 6: 510 to 517, 406 to 413, ... 108 to 115.
			first := map[int]string{5: "510", 4: "406", 3: "307", 2: "207", 1: "108"}[star]
			last := map[int]string{5: "517", 4: "413", 3: "314", 2: "214", 1: "115"}[star]
			if tag.TagID < first || tag.TagID > last || seen[tag.TagID] {
				t.Fatalf("got tags %v for %d stars", list, star)
			}
			seen[tag.TagID] = true
		}
		if list == nil || len(list) > 3 {
			t.Fatalf("got tags %#v, want 0 to 3", list)
		}
	}
	each(sample.New(5, sample.Options{BadShare: 0.4}), 3000, func(_, _ string, message any) {
		switch m := message.(type) {
		case client.AffairEval:
			user(m.User)
			chosen(m.TagList, m.GeneralStars)
			inOrder(m.Affair.AffairApplyTime, m.Affair.AffairDoneTime, m.EvalTime)
		case client.GuideEval:
			user(m.User)
			chosen(m.TagList, m.GeneralStars)
		case client.HotlineEval:
			if !phone.MatchString(m.User.ContactPhone) {
				t.Fatalf("got phone %s", m.User.ContactPhone)
			}
			inOrder(m.Accept.AcceptTime, m.Deal.DealTime, m.Deal.DoneTime, m.EvalTime)
		}
	})
}

func TestSeveralGoroutines(t *testing.T) {
	g := sample.New(9, sample.Options{})
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		seen = map[string]bool{}
	)
	for range 8 {
		wg.Go(func() {
			for range 100 {
				id := g.Affair(testTime).User.UserID
				mu.Lock()
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 800 {
		t.Errorf("got %d people, want 800", len(seen))
	}
}

func BenchmarkAt(b *testing.B) {
	g := sample.New(1, sample.Options{AppCode: "app1"})
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		_, _, message := g.At(i, testTime)
		if _, err := json.Marshal(message); err != nil {
			b.Fatal(err)
		}
	}
}
