// Package client sends reviews (评价) and completed affairs (已办事项) to a 好差评 system from a business system (政务业务系统): it signs requests,
// submits the three kinds of review, reads tags and builds the addresses that go into QR codes.
//
// A complete program that submits the review of a completed affair:
//
//	package main
//
//	import (
//		"context"
//		"errors"
//		"fmt"
//		"log"
//		"time"
//
//		"github.com/haochaping/haochaping/client"
//	)
//
//	func main() {
//		c := client.New("https://haochaping.example.gov.cn", "paas-0001", "the secret", client.WithBodyDigest(client.SM3))
//		receipt, err := c.SubmitAffair(context.Background(), client.AffairEval{
//			AppCode:        "gzga01",
//			EvalEntityCode: client.EgovAffair,
//			Department:     client.Department{DepartmentCode: "11440100007482532C", DepartmentName: "广州市公安局"},
//			Affair: client.Affair{
//				AffairSerialNo:    "11440100007482532C3000109001000202606150001",
//				AffairCode:        "11440100007482532C3000109001000",
//				AffairName:        "身份证补领",
//				AffairDealOfficer: "陈志强",
//				AffairApplyTime:   client.Time(time.Now().Add(-48 * time.Hour)),
//				AffairDoneTime:    client.Time(time.Now().Add(-time.Hour)),
//			},
//			User: client.User{
//				UserID: "u1001", UserName: "张三", ContactPhone: "13800138000", PassportName: "zhangsan",
//				UserType: client.Person, CertificateType: client.ResidentIDCard, CertificateNo: "440100199001011234",
//			},
//			TagList:      client.Tagged("510", "517"),
//			GeneralStars: 5,
//			EvalTime:     client.Time(time.Now()),
//		})
//		var refused *client.Error
//		switch {
//		case errors.As(err, &refused):
//			for _, fault := range refused.Errors {
//				fmt.Println(fault.Field, fault.Reason)
//			}
//			log.Fatal(refused)
//		case err != nil:
//			log.Fatal(err) // no answer: the same message may be sent again without harm
//		}
//		fmt.Println(receipt.AffairEvalID)
//	}
//
// # Sending again
//
// A review is identified by app, evaluation object, subject, person and evalTime. The same one sent again is stored
// and counted once and gets the serial number it got the first time, so a caller that had no answer sends the same
// message again. The client does so by itself when there is no answer, or an answer with status 5xx or 429; see
// WithRetry. Keep the evalTime of the first attempt: a new one makes another review of it, which is refused.
//
// A Client is safe for use by several goroutines.
package client
