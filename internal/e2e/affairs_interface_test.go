package e2e

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// affairsAnswer is the data of an answer to completed affairs.
type affairsAnswer struct {
	Accepted, Rejected int
	Results            []struct {
		AffairSerialNo, State string
		Errors                []client.FieldError
	}
}

// submitAffairs sends affairs with faults and without, changed ones, and as an app that may not.
func (d *document) submitAffairs(t *testing.T, h *house, s *server, signer *client.Client) {
	send := func(by *client.Client, body string) (documentAnswer, affairsAnswer) {
		a := d.send(t, s, documentCall{target: client.PathAffairs, body: []byte(body), signer: by})
		var data affairsAnswer
		_ = json.Unmarshal(a.Data, &data) // a refusal has none
		return a, data
	}
	const one = `{"affairSerialNo":"DOC-1","affairCode":"C1","affairDoneTime":"20260107160000"%s}`
	for _, tt := range []struct{ list, states string }{
		{fmt.Sprintf(one, ""), "new"},
		{fmt.Sprintf(one, `,"affairResult":"办结"`) + `,` + strings.Replace(fmt.Sprintf(one, ""), "DOC-1", "DOC-2", 1), "changed new"},
		{fmt.Sprintf(one, `,"affairResult":"办结"`) + `,{"affairSerialNo":"DOC-3"},5`, "same rejected rejected"},
	} {
		a, data := send(signer, `{"appCode":"gzga01","affairs":[`+tt.list+`]}`)
		var states []string
		for _, r := range data.Results {
			states = append(states, r.State)
		}
		if got := strings.Join(states, " "); a.Code != respond.CodeSuccess || got != tt.states {
			t.Errorf("%s: got %+v", tt.list, a)
		}
	}
	plain := s.client(h.register(t, "gzga02"))
	eventually(t, "an app that may not send affairs is refused", func() bool {
		a, _ := send(plain, `{"appCode":"gzga02","affairs":[{}]}`)
		return a.Code == respond.CodeUntrusted && strings.Contains(a.Message, "未获准报送已办事项")
	})
}

// The limits of an affair in the document are the server's: what is at a limit is taken, what is beyond it is rejected with
// its field and why, and an affair beside it is taken all the same.
func TestDocumentedLimitsOfAnAffair(t *testing.T) {
	h := onSQLite(t)
	a := h.register(t, "gzga010001", "--affairs")
	s := h.serve(t, "--rate", "0")
	d := readDocument(t, s)
	signer := s.client(a)
	schema := d.doc.Paths.Find(client.PathAffairs).Post.RequestBody.Value.Content[jsonType].Schema.Value.Properties["affairs"].Value
	fields := requestFields(schema.Items.Value, "")
	if len(fields) != len(affairTitles) {
		t.Fatalf("%d fields are documented, want %d", len(fields), len(affairTitles))
	}
	sent := 0
	for _, f := range fields {
		missing := ""
		if f.required {
			missing = "不能为空"
		}
		cases := []valueCase{{value: leftOut{}, reason: missing}, {value: nil, reason: missing}, {value: true, reason: "应为"}, {value: []any{}, reason: "应为"}}
		switch {
		case f.schema.Type.Includes("integer"):
			for _, value := range []any{*f.schema.Min - 1, *f.schema.Max + 1, "1", 0.5} {
				cases = append(cases, valueCase{value: value, reason: "应为"})
			}
			cases = append(cases, valueCase{value: *f.schema.Min}, valueCase{value: *f.schema.Max})
		case f.schema.MaxLength == nil: // times
			cases = append(cases, valueCase{value: "19700101000000"}, valueCase{value: "2026-01-07 16:00:00"},
				valueCase{value: "20260229000000", reason: "没有这个日期", beyond: true}, valueCase{value: "昨天", reason: "应为 yyyyMMddHHmmss", beyond: true})
		case f.path == "regionCode":
			cases = append(cases, valueCase{value: "440100000000"}, valueCase{value: "4401000000001", reason: "最多 12 个字符"},
				valueCase{value: "广州", reason: "应为 2 至 12 位数字", beyond: true}, valueCase{value: "4", reason: "应为 2 至 12 位数字", beyond: true})
		default:
			most := int(*f.schema.MaxLength) //nolint:gosec // a small number
			cases = append(cases, valueCase{value: strings.Repeat("数", most)}, valueCase{value: strings.Repeat("数", most+1), reason: fmt.Sprintf("最多 %d 个字符，现有 %d 个", most, most+1)},
				valueCase{value: " ", reason: missing, beyond: f.required})
		}
		for _, tt := range cases {
			sent++
			affair := map[string]any{"affairSerialNo": fmt.Sprintf("L-%d", sent), "affairCode": "C1", "affairDoneTime": "20260107160000"}
			neighbour := map[string]any{"affairSerialNo": fmt.Sprintf("N-%d", sent), "affairCode": "C1", "affairDoneTime": "20260107160000"}
			put(affair, f.path, tt.value)
			text, err := json.Marshal(map[string]any{"appCode": a.Code, "affairs": []any{affair, neighbour}})
			if err != nil {
				t.Fatal(err)
			}
			got := d.send(t, s, documentCall{target: client.PathAffairs, body: text, signer: signer})
			var data affairsAnswer
			if err := json.Unmarshal(got.Data, &data); err != nil || len(data.Results) != 2 || data.Results[1].State != client.AffairNew {
				t.Fatalf("%s is %v: %+v", f.path, tt.value, got)
			}
			first := data.Results[0]
			switch {
			case (tt.reason == "") != (first.State == client.AffairNew):
				t.Errorf("%s is %v: got %+v, want %q", f.path, tt.value, first, tt.reason)
			case tt.reason != "" && !slices.ContainsFunc(first.Errors, func(e client.FieldError) bool {
				return e.Field == f.path && strings.HasPrefix(e.Reason, tt.reason)
			}):
				t.Errorf("%s is %v: got %+v, want %s", f.path, tt.value, first, tt.reason)
			case tt.beyond && got.misfit != nil, !tt.beyond && (tt.reason == "") != (got.misfit == nil):
				t.Errorf("%s is %v: the document says %v", f.path, tt.value, got.misfit)
			}
		}
	}
	if sent < 100 {
		t.Errorf("sent %d values only", sent)
	}
	h.agrees(t)
}

// What a business system's affair lacked is put right in a list, or by the system itself; either way it is rejected no more.
func TestRejectedAffairsOfAnAppAreCorrected(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		a := h.register(t, "gzga01", "--affairs")
		s := h.serve(t)
		affairs := someAffairs(4)
		good := slices.Clone(affairs)
		affairs[1].AffairDoneTime, affairs[2].AffairCode, affairs[3].AffairSerialNo = "20260230000000", "", ""
		receipt, err := s.client(a).SubmitAffairs(t.Context(), client.CompletedAffairs{AppCode: a.Code, Affairs: affairs})
		if err != nil || receipt.Accepted != 1 || receipt.Rejected != 3 || receipt.Results[1].Errors[0].Field != "affairDoneTime" {
			t.Fatalf("%v, %+v", err, receipt)
		}
		rejected := func() [][]string {
			file := filepath.Join(t.TempDir(), "rejected.csv")
			h.mustRun(t, "export", "rejected", file, "--source", "app:"+a.Code)
			return readList(t, file)
		}
		list := rejected()
		if len(list) != 4 {
			t.Fatalf("rejected: %v", list)
		}
		if got := s.sendAffairs(t, a, good[1:2]); got[client.AffairNew] != 1 {
			t.Errorf("sent again: %v", got)
		}
		for _, row := range list[1:] {
			switch row[0] {
			case good[2].AffairSerialNo:
				row[1] = good[2].AffairCode
			case "":
				row[0] = good[3].AffairSerialNo
			}
		}
		if out := h.mustRun(t, "import", "affairs", listFile(t, csvOf(t, list)), "--apply"); !strings.Contains(out, "新增 2，更新 0，不变 0，未收 1") {
			t.Errorf("the list: %s", out) // the done time in it is still the wrong one
		}
		if left := rejected(); len(left) != 1 {
			t.Errorf("rejected still: %v", left)
		}
		h.agrees(t)
	})
}

// Affairs that can't be stored now are refused in time, and stored when they come again.
func TestAffairsAreRefusedInTime(t *testing.T) {
	t.Parallel()
	h := onSQLite(t)
	a := h.register(t, "gzga010001", "--affairs")
	s := h.serve(t)
	db, err := sql.Open("sqlite", strings.TrimPrefix(h.database, "sqlite:")+"?_txlock=immediate&_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing was written
	lock, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Rollback() //nolint:errcheck // likewise
	message := client.CompletedAffairs{AppCode: "gzga010001", Affairs: []client.CompletedAffair{{AffairSerialNo: "A1", AffairCode: "C1", AffairDoneTime: "20260107160000"}}}
	began := time.Now()
	_, err = s.client(a).SubmitAffairs(t.Context(), message)
	var refusal *client.Error
	if !errors.As(err, &refusal) || refusal.HTTPStatus != http.StatusServiceUnavailable || refusal.RetryAfter == 0 {
		t.Fatalf("while nothing can be written: %v", err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("refused after %v", took)
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is stored", func() bool {
		got, err := s.client(a).SubmitAffairs(t.Context(), message)
		return err == nil && got.Accepted == 1
	})
}
