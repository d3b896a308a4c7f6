//! From a price list to what one deployment pays.

use super::*;

#[track_caller]
fn check_refused(list: &str, selection: &Selection, message: &str, help: &str) {
    let error = PriceBook::builtin().list(list).unwrap().tariff(selection).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(error.help().unwrap_or_default(), help);
}

#[test]
fn a_price_that_no_list_has_is_an_error_that_names_the_nearest() {
    check_refused(
        "aws-ec2",
        &Selection::of_servers("t3.medum", 1),
        "price list `aws-ec2` has no price of instance-time for instance `t3.medum`, purchase `on-demand`, \
         region `us-east-1`",
        "the nearest is `aws.ec2.t3.medium` (t3.medium on demand, us-east-1, 0.0416 per hour); \
         supply it with price_override = { \"instance-time\" = \"$...\" }, the price of one hour",
    );
    check_refused(
        "aws-ec2",
        &Selection::of_servers("m5.large", 1).with("purchase", Some("reserved-3y-all-upfront")),
        "price list `aws-ec2` has no price of instance-time for instance `m5.large`, \
         purchase `reserved-3y-all-upfront`, region `us-east-1`",
        "the nearest is `aws.ri3yau.m5.large` (m5.large reserved 3 y, all upfront, us-east-2, 949 upfront); supply it with price_override = { \"upfront\" = \"$...\" }, the price of one instance",
    );
    check_refused(
        "aws-lambda",
        &Selection::of_functions(false, false).with("architecture", Some("arm")),
        "price list `aws-lambda` has no price of compute for architecture `arm`, region `us-east-1`",
        "the nearest is `aws.lambda.gbs.arm` (duration arm64, us-east-1, 0.0000133334 per GB-second); \
         supply it with price_override = { \"compute\" = \"$...\" }, the price of one GB-second",
    );
    check_refused(
        "aws-ec2",
        &Selection::of_servers("m5.large", 1).with("purchase", Some("reserved-1y-no-upfrnt")),
        "price list `aws-ec2` knows no purchase `reserved-1y-no-upfrnt`",
        "did you mean `reserved-1y-no-upfront`?",
    );
}

#[test]
fn an_upfront_part_that_nobody_published_is_not_guessed() {
    let selection = Selection::of_servers("t3.medium", 1).with("purchase", Some("reserved-1y-partial-upfront"));
    check_refused(
        "aws-ec2",
        &selection,
        "price list `aws-ec2` does not say what t3.medium reserved 1 y, partial upfront costs upfront",
        "supply it with price_override = { \"upfront\" = \"$...\" }, the price of one instance",
    );
    let mut given = selection;
    given.price_override.insert("upfront".to_owned(), money("109"));
    assert_eq!(tariff("aws-ec2", &given).prices[0].reserved.unwrap().upfront, money("109"));
}

#[test]
fn an_override_replaces_a_price_and_a_misspelt_one_is_refused() {
    let mut selection = Selection::of_servers("z9.huge", 2);
    selection.price_override.insert("instance-time".to_owned(), money("9.5"));
    let price = tariff("aws-ec2", &selection).prices.remove(0);
    assert_eq!((price.tiers[0].price, price.source.as_str()), (money("9.5"), "price_override"));

    let mut selection = Selection::of_functions(false, false);
    selection.price_override.insert("aws.lambda.gbs.x86.t2".to_owned(), money("0.00001"));
    let tiers = tariff("aws-lambda", &selection).prices[1].tiers.clone();
    let prices: Vec<_> = tiers.iter().map(|tier| tier.price).collect();
    assert_eq!(prices, [money("0.0000166667"), money("0.00001"), money("0.0000133334")]);

    selection.price_override = BTreeMap::from([("comput".to_owned(), money("1"))]);
    check_refused(
        "aws-lambda",
        &selection,
        "price_override of `comput` replaces nothing in price list `aws-lambda`",
        "did you mean `compute`?",
    );
    selection.price_override = BTreeMap::from([("compute".to_owned(), money("79228162514264337593543950335"))]);
    assert!(PriceBook::builtin().list("aws-lambda").unwrap().tariff(&selection).is_err());
}

#[test]
fn every_instance_type_with_a_price_has_cores_and_memory() {
    let book = PriceBook::builtin();
    let list = book.list("aws-ec2").unwrap();
    assert_eq!(list.machines.len(), 320);
    let medium = list.machine("t3.medium").unwrap();
    assert_eq!((medium.vcpu, medium.memory.mib()), (2, 4_096));
    assert!(list.machines.iter().all(|machine| machine.vcpu > 0 && machine.memory.mib() > 0));
    let error = list.machine("t3.medum").unwrap_err();
    assert_eq!(error.help().as_deref(), Some("did you mean `t3.medium`?"));
}

#[test]
fn a_scaled_list_scales_every_bill() {
    let book = PriceBook::builtin();
    let list = book.list("aws-lambda").unwrap();
    let selection = Selection::of_functions(false, false);
    let usage = usage(&[(Meter::Requests, 7_000_000), (Meter::Compute, 7_000_000_000_u128 * 1_024_000)]);
    let bill = |list: &breakeven::billing::PriceList| {
        invoice(&usage, &list.tariff(&selection).unwrap(), &month()).unwrap().total().0
    };
    let half = list.scaled("0.5".parse().unwrap()).unwrap();
    assert_eq!(bill(&half) * Decimal::TWO, bill(list));
    assert!(list.scaled("-1".parse().unwrap()).is_err());
}
