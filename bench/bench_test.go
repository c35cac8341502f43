package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/postgrestest"
)

func TestAPreparedRequestIsAcceptedAndNeverTheSame(t *testing.T) {
	h, err := newHouse()
	if err != nil {
		t.Fatal(err)
	}
	reviews, err := h.service(unstored{}, 1, 8)
	if err != nil {
		t.Fatal(err)
	}
	defer reviews.Close()
	requests, err := prepareReviews(appCode, appSecret)
	if err != nil {
		t.Fatal(err)
	}
	handler, seen, size := h.handler(reviews), map[string]bool{}, 0
	for range templates + 100 {
		text := requests.appendNext(nil)
		request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if !strings.HasPrefix(answer.Body.String(), `{"code":0,`) {
			t.Fatalf("%s\ngot %s", text, answer.Body)
		}
		_, body, _ := bytes.Cut(text, headEnd)
		if seen[string(body)] {
			t.Fatalf("sent twice: %s", body)
		}
		seen[string(body)] = true
		size += len(body)
	}
	if mean := size / len(seen); mean < 600 || mean > 1000 {
		t.Errorf("bodies have %d bytes on average, want about 800", mean)
	}
}

func TestReviewsInBulkHaveTheCountersOfARecount(t *testing.T) {
	for _, test := range []struct {
		name  string
		where *setting
		count int
	}{{"some months", someMonths(), 2_345}, {"a province", province(), 300}} {
		for _, address := range []string{"sqlite:" + t.TempDir() + "/bulk.db", postgrestest.Database(t)} {
			h, err := newHouse()
			if err != nil {
				t.Fatal(err)
			}
			db, err := openStore(t.Context(), h, address, 2)
			if err != nil {
				t.Fatal(err)
			}
			many := newBulk(h.sealer, test.where, test.count, 2)
			if err := many.load(t.Context(), address); err != nil {
				t.Fatal(err)
			}
			counted, err := figures.Recount(t.Context(), db, func(key figures.Key, by figures.Counts) error {
				return fmt.Errorf("%v differs by %v", key, by)
			})
			if err != nil || counted == 0 {
				t.Errorf("%s: %d counters, %v", test.name, counted, err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAnAnswerIsCompleteWhenAllOfItIsThere(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"code\":0}"
	for _, test := range []struct {
		name, answer string
		whole, fails bool
	}{
		{"nothing", "", false, false},
		{"half a head", ok[:20], false, false},
		{"half a body", ok[:len(ok)-1], false, false},
		{"all", ok, true, false},
		{"refused", strings.Replace(ok, ":0}", ":2}", 1), false, true},
		{"another status", strings.Replace(ok, "200", "500", 1), false, true},
		{"chunked, half", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", false, false},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", true, false},
	} {
		whole, err := complete([]byte(test.answer))
		if whole != test.whole || (err != nil) != test.fails {
			t.Errorf("%s: got %v, %v", test.name, whole, err)
		}
	}
}

func TestASpreadIsOfAllRuns(t *testing.T) {
	for _, test := range []struct {
		in   []float64
		want spread
	}{
		{[]float64{3, 1, 2}, spread{1, 2, 3}},
		{[]float64{4, 1, 2, 3}, spread{1, 2.5, 4}},
		{[]float64{5}, spread{5, 5, 5}},
		{nil, spread{}},
	} {
		if got := spreadOf(test.in); got != test.want {
			t.Errorf("%v: got %v, want %v", test.in, got, test.want)
		}
	}
}

func TestAReadingCountsWhatWasAnswered(t *testing.T) {
	took := []time.Duration{3 * time.Millisecond, time.Millisecond, 2 * time.Millisecond}
	got := readingOf(took, time.Second/2)
	if want := (reading{perSecond: 6, median: 2 * time.Millisecond, high: 3 * time.Millisecond}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMonthsAndDaysCoverThePeriodOnce(t *testing.T) {
	got := monthsOf(20260130, 20260402)
	want := []int{20260130, 20260131, 202602, 202603, 20260401, 20260402}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAVerdictComparesWithBarAndAim(t *testing.T) {
	for _, test := range []struct {
		ratio  ratio
		median float64
		want   string
	}{
		{ratio{bar: 5, aim: 7}, 4.9, "bar missed"},
		{ratio{bar: 5, aim: 7}, 5, "bar reached"},
		{ratio{bar: 5, aim: 7}, 7.5, "aim reached"},
		{ratio{bar: 1.3, aim: 1.1, atMost: true}, 1.31, "bar missed"},
		{ratio{bar: 1.3, aim: 1.1, atMost: true}, 1.05, "aim reached"},
	} {
		if got := test.ratio.verdict(test.median); !strings.Contains(got, test.want) {
			t.Errorf("%v: got %q, want %q", test.median, got, test.want)
		}
	}
	if got := (&ratio{}).verdict(3); got != "" {
		t.Errorf("without a bar: got %q", got)
	}
}
