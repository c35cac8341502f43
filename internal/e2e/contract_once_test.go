package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/postgrestest"
)

// step is one submission in a row of them.
type step struct {
	name string
	from *caller
	path string
	m    tree
	// same is the step whose serial number the answer must hold: code 0 with it, or with refused -1 that names it. Its own
	// number makes it a new review.
	same    int
	refused string
}

// walk submits one step after the other, and counts what is new.
func walk(t *testing.T, c *caller, steps []step) {
	t.Helper()
	before := c.counted(t)
	serials := make([]string, len(steps))
	fresh := 0
	for i, s := range steps {
		a := s.from.submit(t, s.path, s.m)
		serials[i] = a.serial()
		switch {
		case s.refused != "":
			want := s.refused + "，首次评价流水号 " + serials[s.same]
			if a.code() != failed || a.status != http.StatusOK || a.Message != want {
				t.Errorf("%d, %s: got %d %s, want -1 %s", i, s.name, a.status, a.text, want)
			}
		case a.code() != succeeded || a.serial() == "":
			t.Errorf("%d, %s: got %s, want code 0", i, s.name, a.text)
		case s.same == i:
			fresh++
			for j := range i {
				if a.serial() <= serials[j] {
					t.Errorf("%d, %s: serial number %s is not after %s of step %d", i, s.name, a.serial(), serials[j], j)
				}
			}
		case a.serial() != serials[s.same]:
			t.Errorf("%d, %s: got serial number %s, want that of step %d, %s", i, s.name, a.serial(), s.same, serials[s.same])
		}
	}
	if got := c.counted(t) - before; got != fresh {
		t.Errorf("%d reviews are counted, want %d", got, fresh)
	}
}

// The same submission again has the first serial number and is counted once; a second review of what is reviewed once is
// -1 and names the first (contract.md 6).
func TestOnce(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		other := c.newApp(t, "other")
		const taken = "该办件已评价"
		later := at(evaluated.Add(time.Second))

		affair := affairOf(c.app)
		walk(t, c, []step{
			{"an affair", c, pathAffair, affair, 0, ""},
			{"the same again", c, pathAffair, affair, 0, ""},
			{"the same with other stars", c, pathAffair, affair.with("generalStars", 1).with("tagList", tags()), 0, ""},
			{"the same with another remark and phone", c, pathAffair, affair.with("remark", "x").with("user.contactPhone", "1"), 0, ""},
			{"the same amid white space", c, pathAffair, affair.with("affair.affairSerialNo", " "+subjectOf(affair)+"\u3000"), 0, ""},
			{"at another time", c, pathAffair, affair.with("evalTime", later), 0, taken},
			{"through 粤省事", c, pathAffair, affair.with("evalEntityCode", "yssAffair"), 0, taken},
			{"through another app", other, pathAffair, affair.with("appCode", "other"), 0, taken},
			{"as another item", c, pathAffair, affair.with("affair.affairCode", "x").with("evalTime", later), 0, taken},
			{"the first once more", c, pathAffair, affair, 0, ""},
			{"by another person", c, pathAffair, affair.with("user.userId", "someone"), 10, ""},
			{"by that person again", c, pathAffair, affair.with("user.userId", "someone").with("evalTime", later), 10, taken},
			{"another affair of the first person", c, pathAffair, affair.with("affair.affairSerialNo", nextSubject()), 12, ""},
		})

		guide := guideOf(c.app)
		day := func(hour string) tree { return guide.with("evalTime", hour) }
		const again = "该办事指南您当日已评价"
		walk(t, c, []step{
			{"a guide", c, pathGuide, day("20250316000000"), 0, ""},
			{"the same again", c, pathGuide, day("20250316000000"), 0, ""},
			{"a second later", c, pathGuide, day("20250316000001"), 0, again},
			{"at the end of the day", c, pathGuide, day("20250316235959"), 0, again},
			{"through another app", other, pathGuide, day("20250316120000").with("appCode", "other"), 0, again},
			{"the day before, to the last second", c, pathGuide, day("20250315235959"), 5, ""},
			{"the day after, from the first second", c, pathGuide, day("20250317000000"), 6, ""},
			{"and once more that day", c, pathGuide, day("20250317080000"), 6, again},
			{"by another person", c, pathGuide, day("20250316000000").with("user.userId", "someone"), 8, ""},
			{"another guide", c, pathGuide, day("20250316000000").with("guide.affairCode", nextSubject()), 9, ""},
			{"an affair of the guide's code", c, pathAffair, affairOf(c.app).with("affair.affairSerialNo", guide["guide"].(tree)["affairCode"]), 10, ""},
		})

		order := hotlineOf(c.app)
		const ordered = "该工单已评价"
		walk(t, c, []step{
			{"a work order", c, pathHotline, order, 0, ""},
			{"the same again", c, pathHotline, order, 0, ""},
			{"the same by another name", c, pathHotline, order.with("user.userName", "李五"), 0, ""},
			{"from another phone", c, pathHotline, order.with("user.contactPhone", "13700137000"), 0, ordered},
			{"at another time", c, pathHotline, order.with("evalTime", later), 0, ordered},
			{"the next day", c, pathHotline, order.with("evalTime", at(evaluated.AddDate(0, 0, 1))), 0, ordered},
			{"through another app", other, pathHotline, order.with("appCode", "other"), 0, ordered},
			{"another work order", c, pathHotline, order.with("workOrderId", nextSubject()), 7, ""},
		})

		// A request that was signed once and is sent again, as it is, does no harm.
		message := affairOf(c.app)
		replay := request{path: pathAffair, body: message.text(), header: c.sign().headers(), unsigned: true}
		first := c.call(t, replay)
		if again := c.call(t, replay); again.code() != succeeded || again.serial() != first.serial() || first.serial() == "" {
			t.Errorf("a replay: got %s, then %s", first.text, again.text)
		}
		if out := c.house.run(t, "recount"); out.status != 0 {
			t.Errorf("recount: %s%s", out.out, out.err)
		}
	})
}

func subjectOf(affair tree) string { return affair["affair"].(tree)["affairSerialNo"].(string) }

// A submission that is stored has its first serial number at any time: also when a tag that it bears is retired since, or what was
// sent the first time would not be taken any more for another reason of today (contract.md 6).
func TestOnceWhateverIsRegisteredNow(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		messages := map[string]tree{pathAffair: affairOf(c.app), pathGuide: guideOf(c.app)}
		first := map[string]string{}
		for path, m := range messages {
			messages[path] = m.with("generalStars", 5).with("tagList", tags("510", "517"))
			first[path] = c.mustSubmit(t, path, messages[path])
		}
		var list strings.Builder
		list.WriteString("评价对象编码,星级,编号,标签,核心\n")
		for i, id := range nationalTags(5) {
			if id != "517" {
				fmt.Fprintf(&list, ",5,%s,,%s\n", id, map[bool]string{true: "是", false: "否"}[i < 3])
			}
		}
		c.house.mustRun(t, "import", "tags", listFile(t, list.String()), "--apply")
		eventually(t, "the tag is retired", func() bool {
			return !strings.Contains(c.call(t, request{method: http.MethodGet, path: pathTags + "?evalEntityCode=egovAffair"}).text, `"517"`)
		})
		before := c.counted(t)
		for path, m := range messages {
			if a := c.submit(t, path, m); a.code() != succeeded || a.serial() != first[path] {
				t.Errorf("%s, the same again: got %s, want %s", path, a.text, first[path])
			}
			if a := c.submit(t, path, m.with("evalTime", at(evaluated.Add(time.Second)))); a.code() != invalid {
				t.Errorf("%s, at another time: got %s, want code 2", path, a.text)
			}
		}
		if now := c.counted(t); now != before {
			t.Errorf("%d reviews are counted, want %d", now, before)
		}
	})
}

// 64 callers send the same review at once, over and over: one record, one serial number for all, counted once.
func TestTheSameFromManyAtOnce(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		for _, path := range []string{pathAffair, pathGuide, pathHotline} {
			atOnce(t, []*caller{c}, path)
		}
		if got := c.counted(t); got != 3 {
			t.Errorf("%d reviews are counted, want 3", got)
		}
	})
}

// The same through two processes on one PostgreSQL, which share the key file.
func TestTheSameThroughTwoProcesses(t *testing.T) {
	h := onPostgres(t, postgrestest.Database(t))
	a := h.register(t, "gzga012345")
	one, two := &caller{server: h.serveWatched(t, "--rate", "0"), house: h, app: a}, &caller{server: h.serveWatched(t, "--rate", "0"), house: h, app: a}
	for _, path := range []string{pathAffair, pathGuide, pathHotline} {
		atOnce(t, []*caller{one, two}, path)
	}
	// What one process stored the other knows.
	m := affairOf(a)
	serial := one.mustSubmit(t, pathAffair, m)
	if again := two.mustSubmit(t, pathAffair, m); again != serial {
		t.Errorf("the other process: got serial number %s, want %s", again, serial)
	}
	if a := two.submit(t, pathAffair, m.with("evalEntityCode", "yssAffair")); a.code() != failed || !strings.Contains(a.Message, serial) {
		t.Errorf("another review, through the other process: got %s, want -1 with %s", a.text, serial)
	}
	for _, c := range []*caller{one, two} {
		if got := c.counted(t); got != 4 {
			t.Errorf("%d reviews are counted, want 4", got)
		}
	}
	if out := h.run(t, "recount"); out.status != 0 {
		t.Errorf("recount: %s%s", out.out, out.err)
	}
}

// atOnce lets 64 callers send one message at once.
func atOnce(t *testing.T, callers []*caller, path string) {
	t.Helper()
	const many = 64
	body := messageOf(path, callers[0].app).text()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	by := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: many}}
	defer by.CloseIdleConnections()
	answers := make(chan string, many)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() {
			<-start
			a, err := callers[i%len(callers)].exchange(ctx, by, request{path: path, body: body})
			switch {
			case err != nil:
				answers <- err.Error()
			case a.code() != succeeded:
				answers <- a.text
			default:
				answers <- a.serial()
			}
		})
	}
	close(start)
	wg.Wait()
	close(answers)
	seen := map[string]int{}
	for answer := range answers {
		seen[answer]++
	}
	if len(seen) != 1 {
		t.Errorf("%s: 64 callers got %v, want one serial number for all", path, seen)
	}
}
