package client_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/client"
)

// Completed affairs are sent without what was not told, sent again when the system is busy, and answered one by one.
func TestSubmitAffairs(t *testing.T) {
	company := client.Company
	message := client.CompletedAffairs{AppCode: "gzga01", Affairs: []client.CompletedAffair{
		{AffairSerialNo: "1", AffairCode: "C1", AffairDoneTime: "20260107160000", UserType: &company, UserName: "<某公司>"}, {AffairSerialNo: "2"},
	}}
	s := &script{steps: []http.HandlerFunc{
		say(http.StatusServiceUnavailable, `{"code":-1,"message":"系统繁忙","requestId":"r0"}`),
		say(http.StatusOK, `{"code":0,"message":"成功","requestId":"r1","data":{"accepted":1,"rejected":1,"results":[
			{"affairSerialNo":"1","state":"new"},{"affairSerialNo":"2","state":"rejected","errors":[{"field":"affairCode","reason":"不能为空"}]}]}}`),
	}}
	got, err := s.start(t).SubmitAffairs(t.Context(), message)
	want := client.AffairsReceipt{Accepted: 1, Rejected: 1, RequestID: "r1", Results: []client.AffairResult{
		{AffairSerialNo: "1", State: client.AffairNew},
		{AffairSerialNo: "2", State: client.AffairRejected, Errors: []client.FieldError{{Field: "affairCode", Reason: "不能为空"}}},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	asked, bodies := s.seen()
	const body = `{"appCode":"gzga01","affairs":[{"affairSerialNo":"1","affairCode":"C1","userType":1,"affairDoneTime":"20260107160000","userName":"<某公司>"},` +
		`{"affairSerialNo":"2","affairCode":"","affairDoneTime":""}]}`
	if len(bodies) != 2 || bodies[0] != body || bodies[1] != body || asked[0].URL.Path != client.PathAffairs {
		t.Errorf("sent %q to %s", bodies, asked[0].URL)
	}
}

// A refusal of the whole call is an *Error, and an answer that does not tell of every affair is no success.
func TestAffairsThatAreNotTaken(t *testing.T) {
	message := client.CompletedAffairs{AppCode: "gzga01", Affairs: make([]client.CompletedAffair, 2)}
	for body, isRefusal := range map[string]bool{
		`{"code":3,"message":"验签失败：应用 gzga01 未获准报送已办事项","requestId":"r1"}`:                                                  true,
		`{"code":0,"message":"成功","requestId":"r1","data":{"accepted":1,"results":[{"affairSerialNo":"1","state":"new"}]}}`: false,
		`{"code":0,"message":"成功","requestId":"r1"}`:                                                                        false,
	} {
		s := &script{steps: []http.HandlerFunc{say(http.StatusOK, body)}}
		_, err := s.start(t).SubmitAffairs(t.Context(), message)
		var refused *client.Error
		if err == nil || errors.As(err, &refused) != isRefusal {
			t.Errorf("%s: got %v", body, err)
		}
	}
}
