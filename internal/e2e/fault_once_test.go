package e2e

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/haochaping/haochaping/internal/sample"
)

// Two processes share one PostgreSQL, and 64 callers send to both at the same moment.
func TestOneOnTwoProcesses(t *testing.T) {
	h := onPostgres(t, postgrestest.Database(t))
	a := h.register(t, "app1")
	servers := [2]*server{h.serveWatched(t, "--rate", "0"), h.serveWatched(t, "--rate", "0")}
	reviews := sample.New(1, sample.Options{AppCode: a.Code})
	const rounds = 5

	t.Run("the same review is stored once, under one serial number for all", func(t *testing.T) {
		for range rounds {
			message := reviews.Affair(time.Now())
			serials := map[string]int{}
			for _, got := range submitTogether(t, servers, a, func(int) client.AffairEval { return message }) {
				if got.err != nil {
					t.Fatal(got.err)
				}
				serials[got.receipt.AffairEvalID]++
			}
			if len(serials) != 1 {
				t.Fatalf("got serial numbers %v, want one", serials)
			}
		}
		for _, s := range servers {
			h.isWhole(t, s, rounds)
		}
	})

	t.Run("of two reviews of one affair one is stored, the other refused with its serial number", func(t *testing.T) {
		for range rounds {
			good := reviews.Affair(time.Now())
			good.GeneralStars, good.TagList = 5, nil
			bad := good
			bad.GeneralStars, bad.EvalTime = 1, client.Time(time.Now().Add(-time.Minute))
			stored, refused := map[string]int{}, map[string]int{}
			stars := map[int]bool{}
			for i, got := range submitTogether(t, servers, a, func(i int) client.AffairEval { return [2]client.AffairEval{good, bad}[i/2%2] }) {
				var refusal *client.Error
				switch {
				case got.err == nil:
					stored[got.receipt.AffairEvalID]++
					stars[i/2%2] = true
				case errors.As(got.err, &refusal) && refusal.Code == client.CodeFailed && refusal.HTTPStatus == http.StatusOK:
					_, serial, _ := strings.Cut(refusal.Message, "该办件已评价，首次评价流水号 ")
					refused[serial]++
				default:
					t.Fatal(got.err)
				}
			}
			for serial, n := range stored {
				if len(stored) != 1 || len(stars) != 1 || n != 32 || refused[serial] != 32 {
					t.Fatalf("got stored %v, refused %v, want 32 and 32 with one serial number", stored, refused)
				}
			}
			if len(stored) == 0 {
				t.Fatalf("nothing was stored: refused %v", refused)
			}
		}
		for _, s := range servers {
			h.isWhole(t, s, 2*rounds)
		}
	})
}

// submission is what became of one caller.
type submission struct {
	receipt client.Receipt
	err     error
}

// submitTogether lets 64 callers send at the same moment, every second one to the second server.
func submitTogether(t *testing.T, servers [2]*server, a app, message func(i int) client.AffairEval) [64]submission {
	t.Helper()
	var got [64]submission
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range got {
		c := servers[i%2].client(a)
		all.Go(func() {
			<-start
			got[i].receipt, got[i].err = c.SubmitAffair(t.Context(), message(i))
		})
	}
	close(start)
	all.Wait()
	return got
}
