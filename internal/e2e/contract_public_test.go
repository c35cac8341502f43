package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
)

// The data of the public query interface (domain.md 5).
type (
	page[T any] struct {
		PageData         []T
		PageNo           int
		PageTotal, Total int
		LastRecord       string
	}
	evalRow struct {
		UserName, EvalEntityName, EvalTime string
		GeneralStars                       int
		TagList                            []struct{ TagID, TagName string }
		AffairName                         string
	}
	tagPosition struct {
		TagID, TagName string
		Value          int
	}
	entityCount struct {
		EntityCode, EntityName string
		EvalCount              int
	}
	starCount struct {
		StarNumber int
		StarName   string
		SumCount   int
	}
	standing struct {
		RegionCode, RegionName         string
		DepartmentCode, DepartmentName string
		GoodCount, BadCount            int
		Score                          float64
	}
	standings struct {
		OutStatisticVoList []standing
		PageNo             int
		PageTotal, Total   int
	}
)

// ask asks the public query interface, without a signature; parameters are names and values in turn.
func (c *caller) ask(t *testing.T, path string, parameters ...string) *answer {
	t.Helper()
	query := url.Values{}
	for pair := range slices.Chunk(parameters, 2) {
		query.Set(pair[0], pair[1])
	}
	return c.askRaw(t, path, query.Encode())
}

// askRaw asks with a query string as it is.
func (c *caller) askRaw(t *testing.T, path, query string) *answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.server.url+"/ping/apis/"+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.RawQuery = query
	response, err := plain.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := &answer{status: response.StatusCode, protocol: response.Proto, header: response.Header, text: string(text)}
	if err := json.Unmarshal(text, a); err != nil {
		t.Fatalf("%s?%s: %v\n%s", path, query, err, text)
	}
	if fault := a.fault(); fault != "" {
		t.Errorf("%s?%s: %s\n%d %v\n%s", path, query, fault, a.status, a.header, a.text)
	}
	return a
}

// public asks for figures that must be there.
func public[T any](t *testing.T, c *caller, path string, parameters ...string) T {
	t.Helper()
	a := c.ask(t, path, parameters...)
	if a.code() != succeeded {
		t.Fatalf("%s %v: got %s, want code 0", path, parameters, a.text)
	}
	var data T
	if err := json.Unmarshal(a.Data, &data); err != nil {
		t.Fatalf("%s %v: %v\n%s", path, parameters, err, a.text)
	}
	return data
}

func numbered(n int) string { return strconv.Itoa(n) }
