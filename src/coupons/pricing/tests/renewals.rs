use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::{BenefitEnds, Coupon, Terms};
use crate::coupons::pricing::renewal;
use crate::coupons::rule::make::{coupon, days, instant, percent};

fn terms(coupon: &Coupon) -> Terms {
    coupon.terms(50, chrono_tz::Europe::Zurich, instant())
}

#[test]
fn a_renewal_is_discounted_until_its_periods_run_out() {
    let terms = terms(&Coupon { discounted_periods: Some(3), ..coupon() });
    let third = renewal(&terms, 3, 3490, instant());
    assert_eq!((third.amount, third.discount, third.periods_left, third.over), (2966, 524, Some(0), false));
    assert_eq!(renewal(&terms, 1, 3490, instant()).periods_left, Some(2));
    let fourth = renewal(&terms, 4, 3490, instant());
    assert_eq!((fourth.amount, fourth.discount, fourth.periods_left, fourth.over), (3490, 0, Some(0), true));
}

#[test]
fn a_renewal_without_a_number_of_periods_goes_on() {
    let renewal = renewal(&terms(&coupon()), 1000, 3490, instant());
    assert_eq!((renewal.amount, renewal.periods_left, renewal.over), (2966, None, false));
}

#[test]
fn a_benefit_that_ends_with_the_month_ends_renewals_too() {
    let terms = terms(&Coupon { benefit_ends: BenefitEnds::EndOfRedeemMonth, ..coupon() });
    let end = terms.benefit_ends_at.unwrap();
    assert_eq!(renewal(&terms, 1, 3490, end - chrono::TimeDelta::microseconds(1)).amount, 2966);
    let over = renewal(&terms, 2, 3490, end);
    assert_eq!((over.amount, over.over, over.periods_left), (3490, true, Some(0)));
    assert!(renewal(&terms, 2, 3490, days(20)).over);
}

#[test]
fn a_renewal_keeps_to_the_minimum_charge_and_the_maximum_discount() {
    let most = |benefit: Benefit, amount| renewal(&terms(&Coupon { benefit, ..coupon() }), 2, amount, instant()).amount;
    assert_eq!(most(percent(9900), 1000), 50);
    assert_eq!(most(percent(10_000), 1000), 0);
    assert_eq!(most(Benefit::FixedAmount { amount: 300 }, 1000), 700);
    assert_eq!(most(Benefit::FixedAmount { amount: 3000 }, 1000), 0);
    let basis_points = crate::money::BasisPoints::new(5000).unwrap();
    assert_eq!(most(Benefit::Percentage { basis_points, max_discount: Some(200) }, 1000), 800);
    assert_eq!(most(Benefit::Credit { amount: 300 }, 1000), 1000);
}
