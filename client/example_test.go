package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/haochaping/haochaping/client"
)

func Example() {
	// A real program uses the address that the operator gave it; here a stand-in answers.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		if r.URL.Path == client.PathGuide {
			fmt.Fprint(w, `{"code":2,"message":"参数不合法","errors":[{"field":"guide.affairCode","reason":"不能为空"}],"requestId":"r2"}`)
			return
		}
		fmt.Fprint(w, `{"code":0,"message":"成功","data":{"affairEvalId":"26061509300000000017"},"requestId":"r1"}`)
	}))
	defer server.Close()

	ctx := context.Background()
	at := time.Date(2026, 6, 15, 1, 30, 0, 0, time.UTC)
	user := client.User{
		UserID: "u1001", UserName: "张三", ContactPhone: "13800138000", PassportName: "zhangsan",
		UserType: client.Person, CertificateType: client.ResidentIDCard, CertificateNo: "440100199001011234",
	}
	c := client.New(server.URL, "paas-0001", "the secret", client.WithBodyDigest(client.SM3))

	receipt, err := c.SubmitAffair(ctx, client.AffairEval{
		AppCode:        "gzga01",
		EvalEntityCode: client.EgovAffair,
		Department:     client.Department{DepartmentCode: "11440100007482532C", DepartmentName: "广州市公安局"},
		Affair: client.Affair{
			AffairSerialNo:    "11440100007482532C3000109001000202606150001",
			AffairCode:        "11440100007482532C3000109001000",
			AffairName:        "身份证补领",
			AffairDealOfficer: "陈志强",
			AffairApplyTime:   client.Time(at.Add(-48 * time.Hour)),
			AffairDoneTime:    client.Time(at.Add(-time.Hour)),
		},
		User:         user,
		TagList:      client.Tagged("510", "517"),
		GeneralStars: 5,
		EvalTime:     client.Time(at),
	})
	fmt.Println(receipt.AffairEvalID, err)

	_, err = c.SubmitGuide(ctx, client.GuideEval{
		AppCode: "gzga01", EvalEntityCode: client.EgovGuide, User: user, GeneralStars: 5, EvalTime: client.Time(at),
	})
	var refused *client.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Message)
		for _, fault := range refused.Errors {
			fmt.Println(fault.Field, fault.Reason)
		}
	}
	// Output:
	// 26061509300000000017 <nil>
	// 参数不合法
	// guide.affairCode 不能为空
}

func ExampleHallQR() {
	address, err := client.HallQR("https://haochaping.example.gov.cn", "gzga01", "01006", "4401000001",
		"GZ-2026-0001", "11440100007482532C3000109001000")
	fmt.Println(address, err)
	// Output:
	// https://haochaping.example.gov.cn/ping/hallqr.html?msg=gzga01-01006-4401000001-GZ-2026-0001-11440100007482532C3000109001000 <nil>
}
