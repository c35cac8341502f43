package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

var sharedTests = []test{
	{"two processes accept the same reviews at once: one record, one serial number, counted once", sameAtOnce},
	{"two processes accept rivals at once: one is stored", rivalsAtOnce},
	{"lanes accept side by side", lanesSideBySide},
}

// submission is a review as an edge gives it to the review service.
func submission(n int, changes ...func(*review.Review)) review.Review {
	r := review.Review{
		Facts: review.Facts{
			AppCode: "app1", EntityCode: "egovAffair", Channel: "portal", Kind: review.Affair, Subject: fmt.Sprintf("affair-%d", n),
			ItemCode: itemCode, ItemName: "设立登记", DepartmentCode: department, DepartmentName: "市场监督管理局",
			Stars: n%5 + 1, Tags: []string{"510"}, EvalTime: now,
		},
		Personal: review.Personal{UserID: fmt.Sprintf("user-%d", n), UserName: "张三"},
	}
	for _, change := range changes {
		change(&r)
	}
	return r
}

// service accepts reviews through a store as one process does. It is closed before the store is.
func (d *database) service(t *testing.T, s review.Store, keys *privacy.Keys) *review.Service {
	t.Helper()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	service, err := review.NewService(review.Needs{
		Store: s, Places: &review.Placement{Registry: d.registry, Root: "440000000000"}, Sealer: sealer,
		Blinder: privacy.NewBlinder(keys), Now: clock, Lanes: min(lanes, d.MaxLanes()), Queue: 1000, Batch: 64,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	return service
}

// processes are services of as many processes that share the database.
func (d *database) processes(t *testing.T, n int) []*review.Service {
	t.Helper()
	keys := privacy.NewKeys()
	services := []*review.Service{d.service(t, d.Store, keys)}
	for len(services) < n {
		other, _ := d.process(t)
		services = append(services, d.service(t, other, keys))
	}
	return services
}

// atOnce calls do with 0 to n-1, all at the same moment.
func atOnce(n int, do func(i int)) {
	start, doing := make(chan struct{}), sync.WaitGroup{}
	for i := range n {
		doing.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	doing.Wait()
}

// submit sends a review as callers do: again when it is told to come again, as one whose neighbours wait long for a slow disk is.
func submit(t *testing.T, to *review.Service, r review.Review) (review.Receipt, error) {
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		receipt, err := to.Submit(t.Context(), r)
		if fault.KindOf(err) != fault.Unavailable || time.Now().After(deadline) {
			return receipt, err
		}
	}
}

func sameAtOnce(t *testing.T, d *database) {
	services := d.migrated(t).processes(t, 2)
	const reviews, callers = 6, 64
	receipts, errs := make([]review.Receipt, reviews*callers), make([]error, reviews*callers)
	atOnce(len(receipts), func(i int) {
		receipts[i], errs[i] = submit(t, services[i%2], submission(i/callers))
	})
	for n := range reviews {
		first := 0
		for i := n * callers; i < (n+1)*callers; i++ {
			if errs[i] != nil || receipts[i].Serial != receipts[n*callers].Serial {
				t.Errorf("review %d: got %v, %v; want the serial number %s as all", n, receipts[i], errs[i], receipts[n*callers].Serial)
			}
			if !receipts[i].Known {
				first++
			}
		}
		if first != 1 {
			t.Errorf("review %d was told to be new %d times", n, first)
		}
	}
	for table, want := range map[string]int{"review": reviews, "once": reviews, "followup": 3} { // 1, 2, 3, 4, 5 and 1 star
		if got := d.count(t, table); got != want {
			t.Errorf("%s has %d rows, want %d", table, got, want)
		}
	}
	if got := d.total(t, everywhere("")); got != reviews {
		t.Errorf("%d reviews are counted, want %d", got, reviews)
	}
	d.agrees(t)
}

func rivalsAtOnce(t *testing.T, d *database) {
	services := d.migrated(t).processes(t, 2)
	const callers = 40
	receipts, errs := make([]review.Receipt, callers), make([]error, callers)
	atOnce(callers, func(i int) {
		receipts[i], errs[i] = submit(t, services[i%2], submission(1, func(r *review.Review) {
			r.AppCode = fmt.Sprintf("app%d", i)
		}))
	})
	winner := ""
	for i := range callers {
		if errs[i] == nil {
			if winner != "" {
				t.Error("two rivals were stored")
			}
			winner = receipts[i].Serial
		}
	}
	for i := range callers {
		var told *fault.Error
		want := "该办件已评价，首次评价流水号 " + winner
		if errs[i] != nil && (!errors.As(errs[i], &told) || told.Kind != fault.Conflict || told.Message != want) {
			t.Errorf("got %v, want %s", errs[i], want)
		}
	}
	if got := d.count(t, "review"); got != 1 || winner == "" {
		t.Errorf("%d reviews are stored, the winner is %q", got, winner)
	}
	d.agrees(t)
}

func lanesSideBySide(t *testing.T, d *database) {
	d.migrated(t)
	count := min(lanes, d.MaxLanes())
	atOnce(count, func(lane int) {
		for n := range 20 {
			first := 1000*lane + 10*n
			batch := d.affairs(first, first+10)
			if _, err := d.Accept(t.Context(), lane, batch); err != nil {
				t.Errorf("lane %d: %v", lane, err)
			}
		}
	})
	if got := d.count(t, "review"); got != 200*count {
		t.Errorf("%d reviews are stored, want %d", got, 200*count)
	}
	d.agrees(t)
}
