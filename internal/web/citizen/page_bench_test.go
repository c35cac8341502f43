package citizen

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/klauspost/compress/gzhttp"
)

// BenchmarkRatingPage compares, in one run, the rating page with a constant page of the same content, compressed in the
// same way: go test ./internal/web/citizen -run '^$' -bench RatingPage.
func BenchmarkRatingPage(b *testing.B) {
	p := openPages(b)
	rating := p.base + "/ping/pb/hallqr.html?msg=gzga01-016-" + testHall + "-GZ-1-" + testItem
	content := get(b, rating)
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(512))
	if err != nil {
		b.Fatal(err)
	}
	constant := httptest.NewServer(wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(content) // the reader sees what is missing
	})))
	defer constant.Close()
	var page, same time.Duration
	for b.Loop() {
		start := time.Now()
		get(b, rating)
		middle := time.Now()
		get(b, constant.URL)
		page, same = page+middle.Sub(start), same+time.Since(middle)
	}
	b.ReportMetric(float64(page)/float64(same), "x_constant_page")
}

func get(b *testing.B, address string) []byte {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.Fatalf("%s: status %d, %v", address, response.StatusCode, err)
	}
	return content
}
