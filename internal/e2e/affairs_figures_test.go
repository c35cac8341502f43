package e2e

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/haochaping/haochaping/client"
)

// known is a completed affair as the test knows it.
type known struct {
	client.CompletedAffair
	app      string // through which it came, or its source
	reviewed bool
}

func (k *known) day() string { return k.AffairDoneTime[:8] }

// rated is a row of the figures, counted by the test itself.
type rated struct {
	Code                                      string
	Completed, Reviewed, Items, ReviewedItems int
}

// ratesOf counts affairs done in a span by a code, best first; items by whole months.
func ratesOf(all []known, from, to string, code func(k *known) string) []rated {
	rows, items := map[string]*rated{}, map[string]map[string]bool{}
	for i := range all {
		k := &all[i]
		if c := code(k); c != "" && from <= k.day() && k.day() <= to {
			if rows[c] == nil {
				rows[c] = &rated{Code: c}
			}
			rows[c].Completed++
			if k.reviewed {
				rows[c].Reviewed++
			}
		}
	}
	for i := range all {
		k := &all[i]
		c := code(k)
		if month := k.day()[:6]; rows[c] == nil || month < from[:6] || month > to[:6] {
			continue
		}
		if items[c] == nil {
			items[c] = map[string]bool{}
		}
		items[c][k.AffairCode] = items[c][k.AffairCode] || k.reviewed
	}
	var list []rated
	for c, row := range rows {
		row.Items = len(items[c])
		for _, reviewed := range items[c] {
			if reviewed {
				row.ReviewedItems++
			}
		}
		list = append(list, *row)
	}
	slices.SortFunc(list, func(a, b rated) int {
		return cmp.Or(cmp.Compare(b.Reviewed*a.Completed, a.Reviewed*b.Completed), cmp.Compare(b.Completed, a.Completed), cmp.Compare(a.Code, b.Code))
	})
	return list
}

func rate(n, of int) string {
	if of == 0 {
		return "0.00"
	}
	return fmt.Sprintf("%.2f", math.Round(10000*float64(n)/float64(of))/100)
}

// told is a row of the exported figures.
func (r *rated) told(covered bool) []string {
	row := []string{
		r.Code, fmt.Sprint(r.Completed), fmt.Sprint(r.Reviewed), rate(r.Reviewed, r.Completed), rate(r.Completed-r.Reviewed, r.Completed),
	}
	if covered {
		row = append(row, fmt.Sprint(r.Items), fmt.Sprint(r.ReviewedItems), rate(r.ReviewedItems, r.Items))
	}
	return row
}

// prefix is the region that a digit string of a region's code leads to.
func prefix(k *known, digits int) string {
	return k.RegionCode[:digits] + strings.Repeat("0", 12-digits)
}

// 主动评价率, 未评率 and 覆盖率 by everything, over whole and broken months, are those that the test counts itself, whichever came
// first, the review or its affair, by several people, and when an affair is changed later.
func TestRatesOfCompletedAffairs(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		h, s := c.house, c.server
		h.mustRun(t, "app", "affairs", "--code", c.app.Code)
		sender := c.newApp(t, "gzga02", "--affairs")
		affairs := someAffairs(600)
		all := make([]known, len(affairs))
		random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // made up
		review := func(i int) {
			for person := range 1 + random.IntN(3) {
				all[i].reviewed = true
				m := reviewOf(c.app, &affairs[i], fmt.Sprintf("p%d-%d", i, person), 1+random.IntN(5))
				if _, err := s.client(c.app).SubmitAffair(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
		}
		early, late := random.Perm(600)[:120], random.Perm(600)[:120]
		for _, i := range early {
			review(i)
		}
		eventually(t, "the app may send affairs", func() bool {
			_, err := s.client(c.app).SubmitAffairs(t.Context(), client.CompletedAffairs{AppCode: c.app.Code, Affairs: affairs[:1]})
			return err == nil
		})
		s.sendAffairs(t, c.app, affairs[:200])
		s.sendAffairs(t, sender.app, affairs[200:400])
		h.mustRun(t, "import", "affairs", listFile(t, csvOf(t, affairList(affairs[400:]))), "--apply")
		for _, i := range late {
			if !slices.Contains(early, i) {
				review(i)
			}
		}
		// Later the source says otherwise of some.
		for i := range 30 {
			a := &affairs[i*5]
			a.DepartmentCode, a.AffairCode = "D9", "1144010000748253X9000109001000"
			a.AffairDoneTime = "20260210120000"
			if i%2 == 0 {
				a.RegionCode, a.HallCode, a.WindowCode, a.WorkNo = "445100000000", "", "", ""
			}
		}
		s.sendAffairs(t, c.app, affairs[:200])
		for i := range all {
			all[i].CompletedAffair = affairs[i]
			all[i].app = [...]string{c.app.Code, sender.app.Code, "file"}[i/200]
		}

		ways := []struct {
			by, region string
			covered    bool
			code       func(k *known) string
		}{
			{"region", "", true, func(*known) string { return "440000000000" }},
			{"region", "440000000000", true, func(k *known) string { return prefix(k, 4) }},
			{"region", "440100000000", true, func(k *known) string {
				if prefix(k, 4) != "440100000000" || k.RegionCode == "440100000000" {
					return ""
				}
				return prefix(k, 6)
			}},
			{"department", "", true, func(k *known) string { return k.DepartmentCode }},
			{"item", "", false, func(k *known) string { return k.AffairCode }},
			{"hall", "", true, func(k *known) string { return k.HallCode }},
			{"window", "", false, func(k *known) string { return k.WindowCode }},
			{"officer", "", false, func(k *known) string {
				if k.HallCode == "" || k.WorkNo == "" {
					return k.WorkNo
				}
				return k.HallCode + "-" + k.WorkNo
			}},
			{"app", "", false, func(k *known) string { return k.app }},
		}
		for _, span := range [][2]string{{"19700101", "20991231"}, {"20260110", "20260220"}, {"20260201", "20260228"}, {"20260101", "20260101"}, {"20260331", "20260331"}} {
			for _, way := range ways {
				name := fmt.Sprintf("by %s of %s, %s to %s", way.by, way.region, span[0], span[1])
				file := filepath.Join(t.TempDir(), "figures.csv")
				arguments := []string{"figures", "affairs", "--by", way.by, "--from", dashed(span[0]), "--to", dashed(span[1]), "--csv", file}
				if way.region != "" {
					arguments = append(arguments, "--region", way.region)
				}
				h.mustRun(t, arguments...)
				var want, got [][]string
				counted := ratesOf(all, span[0], span[1], way.code)
				if span[0] == "19700101" && (len(counted) == 0 || counted[0].Reviewed == 0) {
					t.Errorf("%s: there is nothing to count", name)
				}
				for i := range counted {
					want = append(want, counted[i].told(way.covered))
				}
				for _, row := range readList(t, file)[1:] {
					row[0] = strings.TrimPrefix(row[0], "\t")
					got = append(got, slices.Delete(row, 1, 2)) // the name
				}
				if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s: counted (-), figures (+)\n%s", name, diff)
				}
				if way.by == "region" || way.by == "department" {
					holdResponse(t, c, name, way.by, way.region, span, counted)
				}
			}
		}
		h.agrees(t)
	})
}

func dashed(day string) string { return day[:4] + "-" + day[4:6] + "-" + day[6:] }

// holdResponse holds the public figures against the test's own.
func holdResponse(t *testing.T, c *caller, name, by, region string, span [2]string, counted []rated) {
	t.Helper()
	parameters := []string{"type", map[string]string{"region": "1", "department": "2"}[by], "startTime", span[0] + "000000", "endTime", span[1] + "235959", "pageSize", "100"}
	if region != "" {
		parameters = append(parameters, "regionCode", region)
	}
	type row struct {
		RegionCode, DepartmentCode             string
		Completed, Reviewed                    int
		ResponseRate, UnreviewedRate, Coverage float64
		Items, ReviewedItems                   int
	}
	var got [][]string
	for _, r := range public[page[row]](t, c, "response", parameters...).PageData {
		got = append(got, []string{
			r.RegionCode + r.DepartmentCode, fmt.Sprint(r.Completed), fmt.Sprint(r.Reviewed), fmt.Sprintf("%.2f", r.ResponseRate),
			fmt.Sprintf("%.2f", r.UnreviewedRate), fmt.Sprint(r.Items), fmt.Sprint(r.ReviewedItems), fmt.Sprintf("%.2f", r.Coverage),
		})
	}
	var want [][]string
	for i := range counted {
		want = append(want, counted[i].told(true))
	}
	if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("in public, %s: counted (-), figures (+)\n%s", name, diff)
	}
}
