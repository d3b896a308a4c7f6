//! Servers, containers, disks and networks against figures that others published.

use super::*;

const HOUR_MS: u128 = 3_600_000;
const GB_MIB: u128 = 1_024;
const GB: u128 = 1 << 30;

/// A list for some meters, with attributes.
fn selection(meters: &[Meter], attributes: &[(&str, &str)]) -> Selection {
    let selection = Selection { meters: meters.to_vec(), count: 1, ..Selection::default() };
    attributes.iter().fold(selection, |selection, (name, value)| selection.with(name, Some(value)))
}

fn bill_of(list: &str, selection: &Selection, quantities: &[(Meter, u128)]) -> Invoice {
    invoice(&usage(quantities), &tariff(list, selection), &month()).unwrap()
}

/// A task with `vcpu` vCPUs and `gb` GB for `hours`.
fn task(attributes: &[(&str, &str)], vcpu: u128, gb: u128, hours: u128) -> Invoice {
    let selection = selection(&[Meter::VcpuTime, Meter::MemoryTime], attributes);
    let quantities =
        [(Meter::VcpuTime, vcpu * 1_000 * hours * HOUR_MS), (Meter::MemoryTime, gb * GB_MIB * hours * HOUR_MS)];
    bill_of("aws-fargate", &selection, &quantities)
}

#[test]
fn a_fargate_month_costs_what_published_bills_say() {
    for id in ["fargate-1v2g", "fargate-2v4g", "fargate-5v10g"] {
        let oracle = oracle(id);
        let whole = |key: &str| u128::from(oracle["parameters"][key].as_u64().unwrap());
        let bill = task(&[], whole("vcpu"), whole("gb"), whole("hours"));
        let expected = |key: &str| decimal(&oracle["expected"][key]);
        assert_eq!(of_item(&bill, "vCPU").cents(), expected("vcpu_usd"), "{id}");
        assert_eq!(of_item(&bill, "memory").cents(), expected("gb_usd"), "{id}");
    }
}

/// One vCPU that is always busy: a function of 1,769 MB, a server with a disk of 1 GB, a task with 2 GB and 1 GB of
/// storage. The study's month has 720 hours, so a disk of 1 GB for 720 hours is one GB-month.
#[test]
fn a_busy_vcpu_costs_what_the_study_of_2026_says() {
    const HOURS: u128 = 720;
    let oracle = oracle("eurosys26-vcpu-second");
    let seconds = 720.0 * 3_600.0;
    let check = |amount: Money, expected: &str| {
        let expected = oracle["expected"][expected].as_f64().unwrap();
        let ours = amount.to_f64() / seconds;
        assert!((ours / expected - 1.0).abs() < 1e-9, "{ours} for {expected}");
    };
    let functions = Selection::of_functions(false, false).with("architecture", Some("arm64"));
    let function = bill_of("aws-lambda", &functions, &[(Meter::Compute, 1_769 * HOURS * HOUR_MS)]);
    check(function.total(), "lambda_usd_s");

    let servers = Selection::of_servers("c6g.medium", 1);
    let server = bill_of("aws-ec2", &servers, &[(Meter::InstanceTime, HOURS * HOUR_MS)]).total();
    let disk =
        bill_of("aws-storage", &selection(&[Meter::Storage], &[]), &[(Meter::Storage, GB_MIB * 730 * HOUR_MS)]).total();
    check(Money(server.0 + disk.0), "ec2_usd_s");

    let storage = [(Meter::Storage, GB_MIB * HOURS * HOUR_MS)];
    let storage = bill_of("aws-fargate", &selection(&[Meter::Storage], &[]), &storage).total();
    let task = task(&[("architecture", "arm64")], 1, 2, HOURS).total();
    // Sums of a GB that is paid for the whole time: the study rents 1 GB beyond what is included.
    check(Money(task.0 + storage.0), "fargate_usd_s");
}

#[test]
fn managed_instances_cost_servers_requests_and_a_fee_on_the_servers() {
    let oracle = oracle("lmi");
    let given = &oracle["parameters"];
    let count = u32::try_from(given["instances"].as_u64().unwrap()).unwrap();
    let mut servers = Selection::of_servers("m7g.xlarge", count);
    servers.price_override.insert("instance-time".to_owned(), Money(decimal(&given["ec2_hour"])));
    let hours = u128::from(count) * u128::from(given["hours"].as_u64().unwrap());
    let servers = bill_of("aws-ec2", &servers, &[(Meter::InstanceTime, hours * HOUR_MS)]).total();
    let book = PriceBook::builtin();
    let usage = [format!("mi.req={}", given["requests"]), format!("mi.fee={}", servers.0)];
    let quote = breakeven::billing::quote(book.list("aws-lambda").unwrap(), &usage, false).unwrap();
    let line = |item: &str| quote.lines.iter().find(|line| line.item == item).unwrap().amount;
    let expected = |key: &str| decimal(&oracle["expected"][key]);
    assert_eq!(servers.cents(), expected("ec2_usd"));
    assert_eq!(line("management fee").cents(), expected("fee_usd"));
    assert_eq!(line("requests").cents(), expected("requests_usd"));
    assert_eq!(Money(servers.0 + quote.total.0).cents(), expected("total_usd"));
}

/// 57,000 GB to the internet cost 4,809.20 without, and 100 GB of the first tier less with the allowance.
#[test]
fn transfer_to_the_internet_is_paid_in_tiers_after_an_allowance() {
    let mut selection = selection(&[Meter::TransferInternet], &[]);
    let quantities = [(Meter::TransferInternet, 57_000 * GB)];
    assert_eq!(bill_of("aws-network", &selection, &quantities).total(), money("4809.20"));
    selection.free_tier = true;
    assert_eq!(bill_of("aws-network", &selection, &quantities).total(), money("4800.20"));
}

#[test]
fn the_attributes_of_a_deployment_choose_its_row() {
    let item = |list: &str, meter: Meter, attributes: &[(&str, &str)]| {
        tariff(list, &selection(&[meter], attributes)).prices[0].item.clone()
    };
    assert_eq!(item("aws-network", Meter::BalancerUnits, &[]), "ALB capacity units");
    assert_eq!(item("aws-network", Meter::BalancerUnits, &[("balancer", "network")]), "NLB capacity units");
    assert_eq!(item("aws-storage", Meter::Storage, &[("volume", "io2")]), "io2 storage");
    assert_eq!(item("aws-fargate", Meter::VcpuTime, &[("system", "windows")]), "vCPU, Windows");
    assert_eq!(item("aws-fargate", Meter::ClusterTime, &[("support", "extended")]), "control plane, extended support");
    let spot = [("instance", "m5.large"), ("purchase", "spot")];
    assert_eq!(item("aws-ec2", Meter::InstanceTime, &spot), "m5.large spot");
    let plan = [("instance", "m7g.xlarge"), ("purchase", "savings-plan-3y")];
    assert_eq!(item("aws-ec2", Meter::InstanceTime, &plan), "m7g.xlarge, savings plan 3 y");
    let committed = [("instance", "e2-standard-8"), ("purchase", "committed-1y"), ("region", "europe-west4")];
    assert_eq!(item("gcp-compute", Meter::InstanceTime, &committed), "e2-standard-8 committed 1 y");
    assert_eq!(item("azure-vm", Meter::TransferInternet, &[("region", "westeurope")])[..15], *"to the internet");
}

#[test]
fn what_no_copy_prices_stays_without_a_price() {
    let book = PriceBook::builtin();
    let refused = |list: &str, meter: Meter, attributes: &[(&str, &str)]| {
        let error = book.list(list).unwrap().tariff(&selection(&[meter], attributes)).unwrap_err();
        assert!(error.to_string().contains("has no price of"), "{error}");
    };
    refused("aws-fargate", Meter::VcpuTime, &[("system", "windows"), ("architecture", "arm64")]);
    refused("aws-fargate", Meter::LicenceTime, &[]);
    refused("aws-ec2", Meter::SurplusCredits, &[("instance", "t4g.medium")]);
    refused("azure-vm", Meter::InstanceTime, &[("instance", "Standard_D2as_v5")]);
    refused("azure-vm", Meter::NatTime, &[("region", "westeurope")]);
    refused("gcp-compute", Meter::TransferInternet, &[("region", "europe-west1")]);
    refused("gcp-compute", Meter::NatTime, &[]);
}

#[test]
fn a_committed_month_is_paid_by_its_share() {
    let committed = [("instance", "e2-standard-8"), ("purchase", "committed-3y"), ("region", "europe-west4")];
    let selection = selection(&[Meter::InstanceTime], &committed);
    let bill = bill_of("gcp-compute", &selection, &[(Meter::InstanceTime, 365 * HOUR_MS)]);
    assert_eq!((bill.total(), bill.upfront), (money("48"), Money::ZERO), "half a month at 96");
}

/// A virtual machine is listed by its hour; the four prices that hide a Windows licence are not.
#[test]
fn every_machine_of_azure_and_google_has_a_price_and_a_size() {
    let book = PriceBook::builtin();
    for (list, machines) in [("azure-vm", 70), ("gcp-compute", 151)] {
        let list = book.list(list).unwrap();
        assert_eq!(list.machines.len(), machines);
        for machine in &list.machines {
            let priced = |row: &breakeven::billing::Row| row.attribute("instance") == Some(machine.name.as_str());
            assert!(list.rows.iter().any(priced), "{}", machine.name);
            assert!(machine.vcpu > 0 && machine.memory.mib() >= 1_024, "{}", machine.name);
        }
    }
}

#[test]
fn several_lists_make_one_tariff() {
    let book = PriceBook::builtin();
    let meters = [Meter::InstanceTime, Meter::Storage, Meter::BalancerTime, Meter::ClusterTime];
    let mut selection = selection(&meters, &[("instance", "t3.medium"), ("volume", "gp2")]);
    selection.price_override.insert("aws.eks".to_owned(), money("0.2"));
    let others = ["aws-network", "aws-storage", "aws-fargate"];
    let tariff = book.tariff("aws-ec2", &others, &selection).unwrap();
    let prices: Vec<_> = tariff.prices.iter().map(|price| (price.meter, price.tiers[0].price)).collect();
    let expected = ["0.0416", "0.1", "0.0225", "0.2"].map(money);
    assert_eq!(prices, meters.into_iter().zip(expected).collect::<Vec<_>>());

    selection.price_override.insert("aws.ek".to_owned(), money("1"));
    assert!(book.tariff("aws-ec2", &others, &selection).is_err(), "an override that no list knows");
    selection.price_override.remove("aws.ek");
    selection.meters.push(Meter::VcpuTime);
    assert!(book.tariff("aws-ec2", &["aws-network"], &selection).is_err(), "a meter that no list prices");
    assert!(book.tariff("aws-ec2", &["aws-netwrk"], &selection).is_err());
}
