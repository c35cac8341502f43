package sample_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/sample"
)

var places = []sample.Place{
	{Code: "440100000000", Name: "广州市"},
	{Code: "445300000000", Name: "云浮市"},
	{Code: "440300000000", Name: "深圳市"},
	{Code: "440000000000", Name: "广东省"},
	{Code: "440104000000", Name: "越秀区"},
}

func TestTown(t *testing.T) {
	town := sample.NewTown(places)
	codes, names, numbers := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, d := range town.Departments() {
		if !rightCredit(d.Code) || d.Code[2:8]+"000000" != d.RegionCode {
			t.Errorf("%s in %s has the code %s", d.Name, d.RegionCode, d.Code)
		}
		codes[d.Code], names[d.Name] = true, true
	}
	if len(codes) != 44 || len(names) != 44 {
		t.Errorf("got %d codes and %d names, want 10 of each city and the province and 4 of the county", len(codes), len(names))
	}
	for _, d := range sample.Departments() {
		if codes[d.Code] {
			t.Errorf("%s has the code of another department", d.Name)
		}
	}
	for _, name := range []string{"广州市公安局", "广东省公安厅", "广东省税务局", "越秀区公安局"} {
		if !names[name] {
			t.Errorf("%s is missing", name)
		}
	}
	for _, o := range town.Officers() {
		if len(o.WorkNo) > 10 || strings.Contains(o.WorkNo, "-") || numbers[o.RegionCode+o.WorkNo] {
			t.Errorf("got officer %+v", o)
		}
		numbers[o.RegionCode+o.WorkNo] = true
	}
	for _, item := range town.Items() {
		if !itemCode.MatchString(item.Code) || !codes[item.DepartmentCode] {
			t.Errorf("got item %+v", item)
		}
	}
	again := sample.NewTown(places)
	if diff := cmp.Diff(town.Officers(), again.Officers()); diff != "" {
		t.Errorf("the same places have others: %s", diff)
	}
}

func TestPlacesDiffer(t *testing.T) {
	a, b := sample.New(1, sample.Options{Town: sample.NewTown(places)}), sample.New(1, sample.Options{Town: sample.NewTown(places)})
	count, stars := map[string]int{}, map[string]int{}
	for i := range uint64(20_000) {
		review := a.AffairAt(i, testTime)
		if diff := cmp.Diff(review, b.AffairAt(i, testTime)); diff != "" {
			t.Fatalf("review %d differs: %s", i, diff)
		}
		code := review.Department.DepartmentCode
		for _, key := range []string{code, code[2:6]} {
			count[key]++
			stars[key] += review.GeneralStars
		}
	}
	if count["4401"] < 3*count["4453"] {
		t.Errorf("a large city has %d reviews, a small one %d", count["4401"], count["4453"])
	}
	least, most := math.Inf(1), 0.0
	for _, d := range sample.NewTown(places).Departments() {
		if n := count[d.Code]; n > 200 {
			score := 2 * float64(stars[d.Code]) / float64(n)
			least, most = min(least, score), max(most, score)
		}
	}
	if most-least < 0.2 || least < 8 {
		t.Errorf("scores are from %.2f to %.2f, want them to differ, and none to be beyond belief", least, most)
	}
}

func TestAffairAtIsThatOfTheSameIndex(t *testing.T) {
	g := sample.New(4, sample.Options{})
	for i := range uint64(200) {
		if _, _, message := g.At(i, testTime); !cmp.Equal(message, any(g.AffairAt(i, testTime))) {
			if _, is := message.(client.AffairEval); is {
				t.Fatalf("review %d: got %v", i, g.AffairAt(i, testTime))
			}
		}
	}
}
