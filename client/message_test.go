package client_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/client"
)

// fields gives the names of a message's fields, objects within it as maps.
func fields(t *testing.T, message any) map[string]any {
	t.Helper()
	body, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// The zero value has every required field, the zeros of integers and the empty list of tags included, and no
// optional one: 3.4.2.4, 3.4.3.4, 3.4.4.4.
func TestRequiredFieldsAreAlwaysSent(t *testing.T) {
	const none, zero = "", 0.0
	user := map[string]any{
		"userId": none, "userName": none, "contactPhone": none, "passportName": none,
		"userType": zero, "certificateType": zero, "certificateNo": none,
	}
	for _, tt := range []struct {
		name    string
		message any
		want    map[string]any
	}{
		{"3.4.2.4", client.AffairEval{}, map[string]any{
			"appCode": none, "evalEntityCode": none, "tagList": []any{}, "generalStars": zero, "evalTime": none, "user": user,
			"department": map[string]any{"departmentCode": none, "departmentName": none},
			"affair": map[string]any{
				"affairSerialNo": none, "affairCode": none, "affairName": none, "affairDealOfficer": none,
				"affairApplyTime": none, "affairDoneTime": none,
			},
		}},
		{"3.4.3.4", client.GuideEval{}, map[string]any{
			"appCode": none, "evalEntityCode": none, "tagList": []any{}, "generalStars": zero, "evalTime": none, "user": user,
			"guide": map[string]any{"affairCode": none, "affairName": none, "departmentCode": none},
		}},
		{"3.4.4.4", client.HotlineEval{}, map[string]any{
			"appCode": none, "evalEntityCode": none, "workOrderId": none, "evalTime": none,
			"user": map[string]any{"userName": none, "contactPhone": none},
			"accept": map[string]any{
				"workNo": none, "regionCode": none, "operaterName": none, "generalStars": zero, "acceptTime": none,
			},
			"deal": map[string]any{"departmentCode": none, "generalStars": zero, "dealTime": none, "doneTime": none},
		}},
	} {
		if diff := cmp.Diff(tt.want, fields(t, tt.message)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestOptionalFieldsAreSentWhenSet(t *testing.T) {
	person := client.Person
	message := fields(t, client.HotlineEval{
		User:   client.HotlineUser{UserType: &person},
		Accept: client.HotlineAccept{Remark: "久等"},
		Deal:   client.HotlineDeal{Remark: "未办"},
	})
	if got := message["user"].(map[string]any)["userType"]; got != 0.0 {
		t.Errorf("user.userType: got %v, want 0", got)
	}
	if got := message["accept"].(map[string]any)["remark"]; got != "久等" {
		t.Errorf("accept.remark: got %v, want 久等", got)
	}
	if got := message["deal"].(map[string]any)["remark"]; got != "未办" {
		t.Errorf("deal.remark: got %v, want 未办", got)
	}
	if got := fields(t, client.AffairEval{Remark: "好"})["remark"]; got != "好" {
		t.Errorf("remark: got %v, want 好", got)
	}
}

func TestTagListIsNeverNull(t *testing.T) {
	for _, tt := range []struct {
		list client.TagList
		want string
	}{
		{nil, `[]`},
		{client.TagList{}, `[]`},
		{client.Tagged(), `[]`},
		{client.Tagged("510", "511"), `[{"tagId":"510"},{"tagId":"511"}]`},
	} {
		got, err := json.Marshal(tt.list)
		if err != nil || string(got) != tt.want {
			t.Errorf("%v: got %s, %v, want %s", tt.list, got, err, tt.want)
		}
	}
}

func TestTime(t *testing.T) {
	for _, tt := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 1, 2, 3, 4, 5, 999, time.UTC), "20260102110405"},
		{time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC), "20270101000000"},
	} {
		if got := client.Time(tt.at); got != tt.want {
			t.Errorf("Time(%v): got %s, want %s", tt.at, got, tt.want)
		}
	}
}
