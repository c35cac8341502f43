package ebus

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	completed "github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/fault"
)

// taker takes what has no violation.
type taker struct{ batches []completed.Batch }

func (k *taker) Take(_ context.Context, b completed.Batch) ([]completed.Verdict, error) {
	k.batches = append(k.batches, b)
	verdicts := make([]completed.Verdict, len(b.Rows))
	for i, row := range b.Rows {
		verdicts[i] = completed.Verdict{State: completed.New}
		if len(row.Violations) > 0 {
			verdicts[i] = completed.Verdict{State: completed.Rejected, Violations: row.Violations}
		}
	}
	return verdicts, nil
}

func newTaker(allowed bool) (*taker, *house) {
	k := &taker{}
	return k, newHouse(nil, func(n *Needs) {
		app := testApp()
		app.Affairs = allowed
		n.Affairs = k
		n.Verifier.Apps = apps{"paas-1": app}
	})
}

const pathAffairs = "/ping/ebus/affairs"

// Each affair is judged for itself, whatever stands in the others.
func TestAffairsAreJudgedOneByOne(t *testing.T) {
	k, h := newTaker(true)
	_, envelope := h.post(t, pathAffairs, `{"appCode":"app1","more":[1],"affairs":[
		{"affairSerialNo":" A1\u3000","affairCode":"C","affairDoneTime":"20240315173000","userType":1,"certificateType":10,"userName":"张三","unknown":{}},
		{"affairSerialNo":"A2","affairCode":5,"affairDoneTime":"2024-02-30","userType":"1","certificateType":null,"workNo":[]},
		null, "x",
		{"affairSerialNo":"A3","affairCode":"C","affairDoneTime":"2024-03-15 17:30:00","userType":2}]}`, nil)
	var data affairsTaken
	if text, _ := json.Marshal(envelope.Data); json.Unmarshal(text, &data) != nil || envelope.Code != 0 {
		t.Fatalf("%+v", envelope)
	}
	want := affairsTaken{Accepted: 1, Rejected: 4, Results: []affairVerdict{
		{AffairSerialNo: "A1", State: "new"},
		{AffairSerialNo: "A2", State: "rejected", Errors: []fault.Violation{
			{Field: "affairCode", Reason: "应为字符串"},
			{Field: "userType", Reason: "应为整数"},
			{Field: "workNo", Reason: "应为字符串"},
			{Field: "affairDoneTime", Reason: "没有这个日期或时间，或早于 1970 年"},
		}},
		{State: "rejected", Errors: []fault.Violation{{Field: "affairs[2]", Reason: "应为对象"}}},
		{State: "rejected", Errors: []fault.Violation{{Field: "affairs[3]", Reason: "应为对象"}}},
		{AffairSerialNo: "A3", State: "rejected", Errors: []fault.Violation{{Field: "userType", Reason: "应为整数 0（个人）或 1（法人）"}}},
	}}
	if diff := cmp.Diff(want, data); diff != "" {
		t.Error(diff)
	}
	batch := k.batches[0]
	first := batch.Rows[0].Affair
	if batch.Source != "app:app1" || first.AppCode != "app1" || first.UserName != "张三" || *first.UserType != 1 || *first.CertificateType != 10 ||
		!first.DoneTime.Equal(time.Date(2024, 3, 15, 9, 30, 0, 0, time.UTC)) {
		t.Errorf("%s: %+v", batch.Source, first)
	}
	// What was sent in another type stands in the list of what was not taken, to be corrected there.
	second := map[string]string{}
	for i, cell := range batch.Rows[1].Cells {
		second[batch.Columns[i]] = cell
	}
	if second["affairCode"] != "5" || second["userType"] != "1" || second["workNo"] != "" {
		t.Errorf("kept of what was rejected: %v", second)
	}
	if len(batch.Columns) != len(batch.Rows[1].Cells) {
		t.Errorf("%d columns, %d cells", len(batch.Columns), len(batch.Rows[1].Cells))
	}
}

// What can't be read as a whole is code 2, and nothing of it is taken.
func TestAffairsThatCantBeRead(t *testing.T) {
	k, h := newTaker(true)
	list := func(n int) string {
		return `{"appCode":"app1","affairs":[` + strings.Repeat(`{},`, n-1) + `{}]}`
	}
	for _, tt := range []struct {
		name, body string
		want       []fault.Violation
	}{
		{"nothing", ``, []fault.Violation{{Field: "body", Reason: "应为一个 JSON 对象"}}},
		{"an array", `[]`, []fault.Violation{{Field: "body", Reason: "应为一个 JSON 对象"}}},
		{"two objects", `{"appCode":"app1","affairs":[{}]}{}`, []fault.Violation{{Field: "body", Reason: "应只有一个 JSON 对象，其后不能有别的内容"}}},
		{"cut off", `{"appCode":"app1","affairs":[{}`, []fault.Violation{{Field: "body", Reason: "不是完整的 JSON 对象"}}},
		{"empty", `{}`, []fault.Violation{{Field: "appCode", Reason: "不能为空"}, {Field: "affairs", Reason: "不能为空"}}},
		{"null", `{"appCode":null,"affairs":null}`, []fault.Violation{{Field: "appCode", Reason: "不能为空"}, {Field: "affairs", Reason: "不能为空"}}},
		{"no affair", `{"appCode":"app1","affairs":[]}`, []fault.Violation{{Field: "affairs", Reason: "不能为空"}}},
		{"an object", `{"appCode":"app1","affairs":{}}`, []fault.Violation{{Field: "affairs", Reason: "应为数组"}}},
		{"one too many", list(501), []fault.Violation{{Field: "affairs", Reason: "一次最多 500 件，现有 501 件"}}},
		{"a name twice", `{"appCode":"app1","affairs":[{"affairCode":"1","affairCode":"2"}]}`, []fault.Violation{{Field: "affairs[0].affairCode", Reason: "在同一对象中出现了两次"}}},
		{"a null character", `{"appCode":"app1","affairs":[{"affairCode":"\u0000"}]}`, []fault.Violation{{Field: "body", Reason: "不能含有字符 U+0000"}}},
	} {
		_, envelope := h.post(t, pathAffairs, tt.body, nil)
		if diff := cmp.Diff(tt.want, envelope.Errors); diff != "" || envelope.Code != 2 {
			t.Errorf("%s: %+v %s", tt.name, envelope, diff)
		}
	}
	if len(k.batches) > 0 {
		t.Errorf("%d batches were taken", len(k.batches))
	}
	if _, envelope := h.post(t, pathAffairs, list(500), nil); envelope.Code != 0 {
		t.Errorf("500 affairs: %+v", envelope)
	}
}

func TestWhoMaySendAffairs(t *testing.T) {
	const body = `{"appCode":"app1","affairs":[{"affairSerialNo":"A1","affairCode":"C","affairDoneTime":"20240315173000"}]}`
	k, h := newTaker(false)
	if _, envelope := h.post(t, pathAffairs, body, nil); envelope.Code != 3 || !strings.Contains(envelope.Message, "未获准报送") {
		t.Errorf("not allowed: %+v", envelope)
	}
	if len(k.batches) > 0 {
		t.Error("something was taken")
	}
	k, h = newTaker(true)
	for body, want := range map[string]int{
		body: 0, strings.Replace(body, "app1", "app2", 1): 3, `{"appCode":7,"affairs":[{}]}`: 2,
	} {
		if _, envelope := h.post(t, pathAffairs, body, nil); envelope.Code != want {
			t.Errorf("%s: got %+v, want code %d", body, envelope, want)
		}
	}
	if len(k.batches) != 1 {
		t.Errorf("%d batches were taken, want 1", len(k.batches))
	}
}

// A body of affairs has a limit of its own, 1 MiB; a review's stays.
func TestTheLimitOfABodyOfAffairs(t *testing.T) {
	_, h := newTaker(true)
	padded := func(size int) string {
		const head, tail = `{"appCode":"app1","affairs":[{}],"pad":"`, `"}`
		return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
	}
	for size, want := range map[int]int{maxBody + 1: http.StatusOK, maxAffairsBody: http.StatusOK, maxAffairsBody + 1: http.StatusRequestEntityTooLarge} {
		if w, envelope := h.post(t, pathAffairs, padded(size), nil); w.Code != want || want != http.StatusOK && envelope.Message != "请求体不得超过 1 MiB，请分批报送" {
			t.Errorf("%d bytes: got %d %+v", size, w.Code, envelope)
		}
	}
	if w, _ := h.post(t, "/ping/ebus/guide/eval", padded(maxBody+1), nil); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a guide's body of %d bytes: %d", maxBody+1, w.Code)
	}
}

// FuzzDecodeAffairs: whatever comes is judged without a panic; what has no fault has affairs, each with a cell a column.
func FuzzDecodeAffairs(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `[]`, `{"appCode":"a","affairs":[{"affairSerialNo":"1","userType":1}]}`, `{"appCode":"a","affairs":[[{}],{"a":{"b":[]}}]}`,
		`{"affairs":[{"\u0061ffairCode":"x"}]}`, `{"appCode":"a","affairs":[{"affairCode":"\ud800"}]}`, "{\"affairs\":[\"\xff\"]}",
	} {
		f.Add([]byte(body))
	}
	sent := newSentAffairs()
	f.Fuzz(func(t *testing.T, body []byte) {
		form, violations := decodeAffairs(body, sent.columns)
		if len(violations) > 0 {
			return
		}
		if !json.Valid(body) || form.appCode == "" || len(form.affairs) == 0 || len(form.affairs) > maxAffairs {
			t.Errorf("accepted %q as %+v", body, form)
		}
		for i := range form.affairs {
			if row := sent.row(&form.affairs[i], form.appCode); len(row.Cells) != len(sent.columns) {
				t.Error(fmt.Sprint(i), row)
			}
		}
	})
}
